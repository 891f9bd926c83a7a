//! Signed checkpoints: what they cover cannot be changed or removed unseen, and what they do not cover is
//! said to be so.

use super::*;

const CHECKPOINTS: &str = "checkpoints.jsonl";

/// A store with two checkpoints, of 5 and of 9 records, and two records after them.
fn sealed() -> (TempDir, Signer) {
    let (dir, signer) = (TempDir::new().unwrap(), signer());
    let mut store = open_whole(&dir);
    for numbers in [1..=5, 6..=9] {
        store.append(drafts(numbers)).unwrap();
        assert!(store.sign(&signer, DateTime::UNIX_EPOCH).unwrap().is_some());
        assert_eq!(store.sign(&signer, DateTime::UNIX_EPOCH).unwrap(), None, "nothing was added");
    }
    store.append(drafts(10..=11)).unwrap();
    (dir, signer)
}

fn lines(dir: &TempDir) -> Vec<String> {
    let content = fs::read_to_string(segment(dir, 1)).unwrap();
    content.split_inclusive('\n').map(str::to_owned).collect()
}

fn check(dir: &TempDir, signer: &Signer) -> VerifyReport {
    verify(dir.path(), Some(signer.verifier())).unwrap()
}

#[test]
fn what_is_sealed_and_what_is_not_is_said() {
    let (dir, signer) = sealed();
    let report = check(&dir, &signer);
    assert_eq!(report.damage, []);
    let key = Some(signer.verifier().to_string());
    assert_eq!(report.seal, Seal { checkpoints: 2, sealed: 9, unsealed: 2, signed_by: key });
    let note: String = serde_json::from_str(
        fs::read_to_string(dir.path().join(CHECKPOINTS)).unwrap().lines().next().unwrap(),
    )
    .unwrap();
    let text = signer.verifier().open(&note).unwrap();
    assert!(
        text.starts_with("trueconfig/contoso\n5\n") && text.ends_with("\n1970-01-01T00:00:00Z\n"),
        "{text}"
    );
}

#[test]
fn a_later_start_goes_on_signing() {
    let (dir, signer) = sealed();
    let mut store = open_whole(&dir);
    store.sign(&signer, DateTime::UNIX_EPOCH).unwrap();
    let report = store.reader().verify(Some(signer.verifier())).unwrap();
    assert_eq!((report.seal.sealed, report.seal.unsealed, report.damage), (11, 0, vec![]));
}

#[test]
fn records_removed_at_the_end_are_seen_as_far_as_they_were_sealed() {
    let (dir, signer) = sealed();
    let lines = lines(&dir);
    fs::write(segment(&dir, 1), lines[..10].concat()).unwrap();
    assert!(check(&dir, &signer).is_intact(), "record 11 was not sealed, and the files alone cannot tell");
    fs::write(segment(&dir, 1), lines[..8].concat()).unwrap();
    let damage = &check(&dir, &signer).damage[0];
    assert_eq!((damage.line, damage.seq), (2, 9), "{damage}");
    assert!(damage.what.contains("records were removed"), "{damage}");
    fs::remove_dir_all(dir.path().join("sled")).unwrap();
    let opened = open(&dir);
    assert_eq!(opened.damage.unwrap().seq, 9, "nor does the daemon go on without its index");
}

/// Who can write the files can write a whole chain, but cannot sign it.
#[test]
fn a_journal_written_anew_is_not_the_one_that_was_signed() {
    let (dir, signer) = sealed();
    let other = TempDir::new().unwrap();
    let mut store = open_whole(&other);
    store.append(drafts(101..=111)).unwrap();
    fs::copy(segment(&other, 1), segment(&dir, 1)).unwrap();
    fs::copy(other.path().join("personal.jsonl"), dir.path().join("personal.jsonl")).unwrap();
    let damage = &check(&dir, &signer).damage[0];
    assert_eq!((damage.line, damage.seq), (1, 5), "{damage}");
    let forger = super::signer();
    fs::remove_file(dir.path().join(CHECKPOINTS)).unwrap();
    store.sign(&forger, DateTime::UNIX_EPOCH).unwrap();
    fs::copy(other.path().join(CHECKPOINTS), dir.path().join(CHECKPOINTS)).unwrap();
    assert!(verify(dir.path(), None).unwrap().is_intact(), "without the key it looks whole");
    let damage = &check(&dir, &signer).damage[0];
    assert!(damage.what.contains("not signed by contoso/audit"), "{damage}");
}

#[test]
fn any_bit_flipped_in_a_checkpoint_is_seen() {
    let (dir, signer) = sealed();
    let path = dir.path().join(CHECKPOINTS);
    let whole = fs::read(&path).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let mut random = Random(7);
    for _ in 0..300 {
        let (at, bit) = (random.below(first), random.below(8));
        let mut changed = whole.clone();
        changed[at] ^= 1 << bit;
        fs::write(&path, &changed).unwrap();
        assert!(!check(&dir, &signer).is_intact(), "byte {at}, bit {bit}");
    }
}

/// One record is enough for whoever has the key; nothing about it can be changed, nor the proof be used for
/// another record.
#[test]
fn a_record_proves_itself_and_nothing_else() {
    let (dir, signer) = sealed();
    let all = prove(dir.path(), &Selection::default()).unwrap();
    assert_eq!((all.0.len(), all.1), (9, 2), "two are not sealed yet");
    let chosen = Selection { records: 3..=7, subject: Some("R-0004".to_owned()) };
    let (proven, _) = prove(dir.path(), &chosen).unwrap();
    let [one] = &proven[..] else { panic!("{proven:?}") };
    let line = serde_json::to_string(one).unwrap();
    assert_eq!(check_proof(&line, signer.verifier()).unwrap().seq, 4);
    assert!(check_proof(&line, super::signer().verifier()).is_err(), "another key");

    let changed = line.replace("scan_finished", "scan_forgotten");
    assert_ne!(changed, line);
    let path = check_proof(&changed, signer.verifier()).unwrap_err();
    assert!(matches!(path, Unproven::Path(4, 9)), "{path}");
    let stolen = Proven { record: all.0[0].record.clone(), ..one.clone() };
    let stolen = serde_json::to_string(&stolen).unwrap();
    assert!(check_proof(&stolen, signer.verifier()).is_err(), "the proof of another record");
    let elsewhere = line.replace(r#"\"tenant\":\"contoso\""#, r#"\"tenant\":\"fabrikam\""#);
    assert_ne!(elsewhere, line);
    assert!(matches!(check_proof(&elsewhere, signer.verifier()).unwrap_err(), Unproven::Tenant(_)));
}

#[test]
fn a_torn_last_checkpoint_is_cut_and_written_again() {
    let (dir, signer) = sealed();
    let path = dir.path().join(CHECKPOINTS);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 7]).unwrap();
    let report = check(&dir, &signer);
    assert_eq!((report.seal.sealed, report.is_intact()), (5, true));
    let mut store = open_whole(&dir);
    store.sign(&signer, DateTime::UNIX_EPOCH).unwrap();
    let report = check(&dir, &signer);
    assert_eq!((report.seal.checkpoints, report.seal.sealed, report.damage), (2, 11, vec![]));
}
