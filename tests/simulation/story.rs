//! One seed: a daemon that starts, works, loses its power and starts again, until the faults stop.

use crate::chance::{Chance, SeededRandom};
use crate::coverage::{Counts, Coverage, record_kinds};
use crate::disk::SimulatedDisk;
use crate::people::People;
use crate::power::{Cut, Power};
use crate::site::Site;
use crate::tenant;
use crate::wire::Wire;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trueconfig_common::remediation::Actor;
use trueconfig_core::baseline::Shipped;
use trueconfig_core::evaluate::evaluate;
use trueconfig_core::journal::event::Entry;
use trueconfig_core::lifecycle::{Command, Judged, ScanFound};
use trueconfig_core::state::State;
use trueconfig_daemon::ambient::{Ambient, Clock};
use trueconfig_daemon::config::OwnControls;
use trueconfig_daemon::coordinator::{self, Coordinator, Opened, Owner, Tenant};
use trueconfig_daemon::executor::{Executor, Patience, Sealer};
use trueconfig_daemon::graph::collect::{self, Progress, Wanted};
use trueconfig_daemon::graph::token::{Credential, Registration};
use trueconfig_daemon::graph::{Address, Bounds, Connection, HttpReader, HttpWriter, Limits, Origin};
use trueconfig_daemon::store::{Reader, Store, verify};
use trueconfig_twin::{Options, in_memory};

/// Starts of the daemon in one story; the last one has no faults.
const STARTS: usize = 3;

/// Things people do between two starts.
const DEEDS: usize = 20;

/// Records that few stories have: whichever comes first is worth a cut.
const RARE: [&str; 19] = [
    "approval_given",
    "exception_added",
    "exception_ends",
    "exception_removed",
    "approval_withdrawn",
    "drift_acknowledged",
    "journal_repaired",
    "remediation_blocked",
    "remediation_closed",
    "remediation_expired",
    "remediation_rejected",
    "remediation_superseded",
    "rollback_finished",
    "rollback_refused",
    "verification_failed",
    "write_refused",
    "write_resolved",
    "write_unknown",
    "kill_switch_released",
];

/// By when everything must have come to an end once faults stop.
const QUIET: Duration = Duration::from_secs(3500);

/// How a story ended.
pub struct Told {
    pub counts: Counts,
    /// Every record, in order.
    pub journal: Vec<String>,
    pub faults: Vec<String>,
}

/// The simulated time: that of the paused runtime.
struct SimulatedClock(Instant);

impl Clock for SimulatedClock {
    fn now(&self) -> DateTime<Utc> {
        tenant::beginning() + TimeDelta::from_std(self.0.elapsed()).expect("a story of days")
    }
}

/// Tells the story of a seed in a folder of its own.
pub fn tell(seed: u64, folder: &Path) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        // Paused time goes on in whole milliseconds of the runtime's own count: from here on it is ours.
        tokio::time::sleep(Duration::from_millis(1)).await;
        Story::new(seed, folder).tell().await
    })
}

struct Story {
    chance: Chance,
    folder: PathBuf,
    starts: usize,
    tenant: Arc<Tenant>,
    site: Arc<Site>,
}

impl Story {
    fn new(seed: u64, folder: &Path) -> Self {
        let _ = std::fs::remove_dir_all(folder);
        let mut chance = Chance::new(seed);
        let coverage = Arc::new(Coverage::default());
        let power = Arc::new(Power::default());
        let disk = SimulatedDisk::new(Chance::new(chance.draw()), Arc::clone(&power), Arc::clone(&coverage));
        let clock = Arc::new(SimulatedClock(Instant::now()));
        let random = Arc::new(SeededRandom(Mutex::new(Chance::new(chance.draw()))));
        let ids = Mutex::new(Chance::new(chance.draw()));
        let of_the_twin = Arc::clone(&clock);
        let options = Options {
            clock: Arc::new(move || of_the_twin.now()),
            ids: Arc::new(move || ids.lock().unwrap().id()),
            ..Options::new(tenant::file().clone())
        };
        let twin = in_memory(options).expect("a twin");
        let watching = Chance::new(chance.draw());
        let site = Site::new(twin, power, Arc::new(disk), coverage, tenant::guarded(), watching);
        let tenant = Tenant {
            name: "contoso".into(),
            baseline: tenant::baseline(seed, &mut chance).into(),
            files: Shipped::embedded().digest(),
            own: OwnControls::default(),
            config: tenant::config(),
            retention: Default::default(),
            ambient: Ambient { clock, random },
        };
        Self { chance, folder: folder.to_owned(), starts: 0, tenant: Arc::new(tenant), site: Arc::new(site) }
    }

    async fn tell(mut self) -> Told {
        while self.starts < STARTS - 1 {
            let cut = self.cut();
            self.site.power.restore(cut);
            self.start().await;
        }
        self.site.power.restore(None);
        let mut faults = self.settle().await;
        let ledger = self.site.ledger();
        let reading = ledger.read();
        faults.extend(self.site.faults());
        faults.extend(reading.faults.iter().cloned());
        let moving = reading.cases.iter().filter(|(_, case)| case.is_moving());
        faults.extend(moving.map(|(id, case)| format!("{id} is still {}", case.state)));
        for record in ledger.records() {
            let (kind, body) = (record["kind"].as_str().unwrap_or_default(), &record["body"]);
            let done = kind == "write_done" || (kind == "write_resolved" && body["applied"] == true);
            let Some(case) = body["id"].as_str().and_then(|id| reading.cases.get(id)).filter(|_| done) else {
                continue;
            };
            let way = if body["direction"] == "forward" { "made" } else { "undone" };
            self.site.coverage.change(way, &case.change_kind(&body["step"]));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
        Told { counts: self.site.coverage.counts(), journal: ledger.texts(), faults }
    }

    /// When the power goes this time; sometimes it does not.
    fn cut(&mut self) -> Option<Cut> {
        let kinds: Vec<String> = record_kinds().iter().cloned().collect();
        let kinds = match self.chance.one_in(2) {
            true => RARE.iter().map(ToString::to_string).collect(),
            false => self.chance.pick(&kinds).cloned().into_iter().collect(),
        };
        match self.chance.below(10) {
            0 => None,
            1 => Some(Cut::Operation(1 + self.chance.below(120))),
            2 => Some(Cut::BeforeRequest(40 + self.chance.below(300))),
            3 => Some(Cut::AfterRequest(40 + self.chance.below(300))),
            4..7 => Some(Cut::BeforeRecord(kinds)),
            _ => Some(Cut::AfterRecord(kinds)),
        }
    }

    fn store(&self) -> PathBuf {
        self.folder.join(format!("store-{}", self.starts))
    }

    /// From one start of the daemon to its end, by a cut or in good order.
    async fn start(&mut self) {
        self.open_store();
        if let Some(running) = self.open() {
            let site = Arc::clone(&self.site);
            tokio::select! {
                biased;
                () = site.power.gone() => {}
                () = running.work(&site, &mut self.chance, self.starts == 1) => {}
            }
        }
        self.site.look();
    }

    /// The disk as the last cut left it; the first one is empty.
    fn open_store(&mut self) {
        let before = self.store();
        self.starts += 1;
        let now = self.store();
        std::fs::create_dir_all(&now).expect("a folder");
        self.site.disk.survive(&before, &now);
        self.site.move_to(&now);
    }

    /// None where the power went while the store was opened.
    fn open(&self) -> Option<Running> {
        let disk = Arc::clone(&self.site.disk);
        match coordinator::open(disk, &self.store(), Arc::clone(&self.tenant), None) {
            Ok(opened) => Some(Running::new(opened, &self.site, &self.folder)),
            // A sync may fail at the very start; the service manager would try again.
            Err(_) => None,
        }
    }

    /// Faults stop. Everything comes to an end by itself, and the journal tells what happened.
    async fn settle(&mut self) -> Vec<String> {
        self.open_store();
        self.site.calm();
        let Some(running) = self.open() else { return vec!["the store does not open".to_owned()] };
        let live = running.settle(&self.site).await;
        self.site.look();
        let mut faults = Vec::new();
        if fold(&self.store()) != *live {
            faults.push("the fold of the journal is not the live state".to_owned());
        }
        let report = verify(&self.store(), None).expect("the store can be read");
        if !report.is_intact() {
            faults.push(format!("the journal does not verify: {report}"));
        }
        faults
    }
}

/// The state by the files alone.
fn fold(store: &Path) -> State {
    let opened = Store::open(store, &"contoso".into()).expect("the store opens again");
    let mut state = State::default();
    for record in opened.store.replay(0).expect("the journal can be read") {
        let entry = Entry::from_record(&record.expect("a record")).expect("an entry");
        state.evolve(&entry).expect("a legal event");
    }
    state
}

/// A daemon that runs.
struct Running {
    owner: Owner,
    coordinator: Coordinator,
    read: Arc<HttpReader>,
    executor: Executor,
    demand: Arc<Notify>,
    _journal: Reader,
}

impl Running {
    fn new(opened: Opened, site: &Arc<Site>, folder: &Path) -> Self {
        let Opened { coordinator, owner, reader, .. } = opened;
        let (read, write) = connect(site, &coordinator.tenant().ambient);
        let (read, demand) = (Arc::new(read), Arc::new(Notify::new()));
        let executor = Executor {
            coordinator: coordinator.clone(),
            read: read.clone(),
            write: Arc::new(write),
            sealer: Sealer::new(&folder.join("sealed")),
            patience: Patience { deadline: Duration::from_secs(20), interval: Duration::from_millis(500) },
            rescan: Arc::clone(&demand),
        };
        Self { owner, coordinator, read, executor, demand, _journal: reader }
    }

    /// People do things until they have done enough; then the daemon stops in good order.
    async fn work(self, site: &Site, chance: &mut Chance, first: bool) {
        let Self { owner, coordinator, read, executor, demand, .. } = self;
        let stop = CancellationToken::new();
        let people = People { site, coordinator: &coordinator, read: read.as_ref(), demand: &demand };
        let deeds = async {
            if first {
                people.begin(chance).await;
            } else {
                demand.notify_one();
            }
            people.weather(chance);
            for _ in 0..DEEDS {
                people.act(chance).await;
            }
            stop.cancel();
            let _ = coordinator.send(Command::Stop, Actor::system("daemon")).await;
        };
        let scans = scan_on_demand(&coordinator, read.as_ref(), &demand, &stop);
        let upkeep = tick(&coordinator, &stop);
        let _ = tokio::join!(owner.run(), executor.run(stop.clone()), scans, upkeep, deeds);
    }

    /// Nobody does anything any more; gives the state at the end.
    async fn settle(self, site: &Site) -> Arc<State> {
        let Self { owner, coordinator, read, executor, demand, .. } = self;
        let stop = CancellationToken::new();
        let people = People { site, coordinator: &coordinator, read: read.as_ref(), demand: &demand };
        people.fair_weather();
        demand.notify_one();
        let end = async {
            tokio::time::sleep(QUIET).await;
            stop.cancel();
            let _ = coordinator.send(Command::Stop, Actor::system("daemon")).await;
        };
        let scans = scan_on_demand(&coordinator, read.as_ref(), &demand, &stop);
        let _ = tokio::join!(owner.run(), executor.run(stop.clone()), scans, tick(&coordinator, &stop), end);
        coordinator.view().state.clone()
    }
}

fn connect(site: &Arc<Site>, ambient: &Ambient) -> (HttpReader, HttpWriter) {
    let wire = Arc::new(Wire::new(Arc::clone(site)));
    let origin = Origin::parse("http://127.0.0.1").expect("an origin");
    let address = Address {
        graph: origin.clone(),
        login: origin,
        ca_pem: None,
        limits: Limits::Unlimited,
        bounds: Bounds::loopback(),
    };
    let connection = Connection::over(address, wire.clone(), wire).within(ambient.clone());
    let registration = |at: usize| {
        let client = &site.twin.credentials()[at];
        Registration {
            tenant_id: site.twin.tenant_id(),
            client_id: client.client_id.clone(),
            scope: "https://graph.microsoft.com/.default".to_owned(),
            credential: Credential::Secret(client.client_secret.clone().expect("a secret")),
        }
    };
    let reader = connection.reader(registration(0)).expect("a reader");
    (reader, connection.writer(registration(1)).expect("a writer"))
}

/// Lets what has run out end, several times an hour.
async fn tick(coordinator: &Coordinator, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let _ = coordinator.send(Command::Tick, Actor::system("clock")).await;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(900)) => {}
        }
    }
}

/// Scans when somebody asks, as the scanner does, but for the snapshot, which is kept nowhere: losing it means
/// that nothing is known until the next scan.
async fn scan_on_demand(
    coordinator: &Coordinator,
    read: &HttpReader,
    demand: &Notify,
    stop: &CancellationToken,
) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = demand.notified() => scan(coordinator, read).await,
        }
    }
}

async fn scan(coordinator: &Coordinator, read: &HttpReader) {
    let tenant = coordinator.tenant();
    let (started_at, scanner) = (coordinator.now(), || Actor::system("scanner"));
    let begin = Command::BeginScan { trigger: "demand".to_owned() };
    if coordinator.send(begin, scanner()).await.is_err() {
        return;
    }
    let force = Arc::clone(&coordinator.view().force);
    let wanted = Wanted::of(&tenant.baseline, &force.config);
    let (progress, _) = watch::channel(Progress::default());
    let start = collect::Start { basis: None, last: None, memory: &collect::NoMemory };
    let collected = match collect::collect(read, &wanted, start, &progress, &|| tenant.now()).await {
        Ok(collected) => collected,
        Err(error) => {
            let failed = Command::FailScan { started_at, reason: error.to_string() };
            let _ = coordinator.send(failed, scanner()).await;
            return;
        }
    };
    let evaluation = evaluate(&collected.snapshot, &tenant.baseline, &force.config, tenant.now());
    let found = ScanFound {
        started_at,
        requests: collected.cost.requests,
        objects: collected.cost.objects.values().sum(),
        unreadable: Default::default(),
        movements: Default::default(),
    };
    let id = tenant.ambient.random.id().to_string();
    let judged = Arc::new(Judged { id, snapshot: collected.snapshot.into(), evaluation });
    let _ = coordinator.take_scan(Command::FinishScan(found), judged, force).await;
}
