//! The directory against a name service that answers, fails and hangs.

use super::*;
use crate::config::Principal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

struct Counting {
    asked: AtomicUsize,
    fails: bool,
}

impl Accounts for Counting {
    fn look_up(&self, uid: u32, _: &[String]) -> Result<Account, nix::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.fails {
            return Err(nix::Error::EIO);
        }
        Ok(Account { uid, name: Some("ann".into()), gids: Default::default(), groups: Default::default() })
    }
}

fn viewer(uid: u32) -> Roles {
    Roles::from([(Role::Viewer, vec![Principal::Uid(uid)])])
}

fn counting(fails: bool) -> (Arc<Counting>, Directory) {
    let accounts = Arc::new(Counting { asked: AtomicUsize::new(0), fails });
    let asked: Arc<dyn Accounts> = accounts.clone();
    (accounts, Directory::new(viewer(7), Default::default(), asked))
}

#[tokio::test]
async fn d14_reading_goes_by_a_recent_answer_and_writing_asks_again() {
    let (accounts, directory) = counting(false);
    for _ in 0..3 {
        assert_eq!(directory.standing(7, Freshness::Recent).await.role, Some(Role::Viewer));
    }
    assert_eq!(accounts.asked.load(Ordering::SeqCst), 1);
    directory.standing(7, Freshness::Now).await;
    directory.standing(7, Freshness::Now).await;
    assert_eq!(accounts.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn d14_an_answer_is_forgotten_after_a_minute() {
    let (accounts, directory) = counting(false);
    directory.standing(7, Freshness::Recent).await;
    tokio::time::advance(LOOKUP_AGE - Duration::from_millis(1)).await;
    directory.standing(7, Freshness::Recent).await;
    assert_eq!(accounts.asked.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    directory.standing(7, Freshness::Recent).await;
    assert_eq!(accounts.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn d14_a_failed_look_up_gives_no_role() {
    let (_, directory) = counting(true);
    assert_eq!(
        directory.standing(7, Freshness::Recent).await,
        Standing { name: "7".into(), role: None, approver_of: Vec::new() }
    );
}

/// Every call blocks until its test lets go of the other end.
struct Hanging(Mutex<mpsc::Receiver<()>>);

impl Accounts for Hanging {
    fn look_up(&self, uid: u32, _: &[String]) -> Result<Account, nix::Error> {
        let _ = self.0.lock().map(|held| held.recv());
        Ok(Account { uid, name: None, gids: Default::default(), groups: Default::default() })
    }
}

#[tokio::test]
async fn d14_a_name_service_that_hangs_gives_no_role_in_time() {
    let (release, held) = mpsc::channel();
    let directory = Directory::new(viewer(7), Default::default(), Arc::new(Hanging(Mutex::new(held))));
    let directory = directory.with_deadline(Duration::from_millis(20));
    // More than may hang at once: the rest wait for a thread no longer than for an answer.
    let asked = async {
        for _ in 0..LOOKUPS + 2 {
            assert_eq!(directory.standing(7, Freshness::Now).await.role, None);
        }
    };
    let in_time = timeout(Duration::from_secs(10), asked).await.is_ok();
    drop(release);
    assert!(in_time);
}

#[test]
fn writes_ask_now() {
    assert_eq!(Freshness::for_role(Role::Viewer), Freshness::Recent);
    assert_eq!(Freshness::for_role(Role::Member), Freshness::Recent);
    for role in [Role::Admin, Role::SecurityAdmin, Role::Owner] {
        assert_eq!(Freshness::for_role(role), Freshness::Now);
    }
}

#[test]
fn the_name_service_knows_this_account_and_its_groups() {
    let uid = nix::unistd::geteuid();
    let user = User::from_uid(uid).unwrap().expect("the tests run as an account with a name");
    let group = Group::from_gid(user.gid).unwrap().expect("its primary group has a name");
    let groups = [group.name.clone(), "no such group".to_owned()];
    let account = NameService.look_up(uid.as_raw(), &groups).unwrap();
    assert_eq!(account.name, Some(user.name));
    assert!(account.gids.contains(&user.gid.as_raw()));
    assert_eq!(account.groups, [group.name].into());
    let nobody = NameService.look_up(4_000_000_001, &groups).unwrap();
    assert_eq!((nobody.name, nobody.gids.len()), (None, 0));
}
