//! Whatever is done to the files behind the product's back, verification names the place (R80).

use super::*;
use std::collections::BTreeMap;

/// Lines by segment; the last may lack its newline.
type Lines = BTreeMap<u32, Vec<Vec<u8>>>;

const RECORDS: u64 = 60;
const TRIES: u64 = 1000;

/// A store whose journal of 60 records is spread over three segments.
fn original() -> (TempDir, Lines) {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=RECORDS)).unwrap();
    let content = fs::read(segment(&dir, 1)).unwrap();
    let mut lines = split(&content);
    let (third, second) = (lines.split_off(45), lines.split_off(20));
    let lines = Lines::from([(1, lines), (2, second), (3, third)]);
    write(&dir, &lines);
    (dir, lines)
}

fn split(content: &[u8]) -> Vec<Vec<u8>> {
    content.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn write(dir: &TempDir, lines: &Lines) {
    for number in 1..=3 {
        let path = segment(dir, number);
        match lines.get(&number) {
            Some(lines) => fs::write(path, lines.concat()).unwrap(),
            None => drop(fs::remove_file(path)),
        }
    }
}

/// Where the tampered journal first differs: what verification must name.
fn first_difference(original: &Lines, tampered: &Lines) -> Option<(u32, u64)> {
    let expected = original.values().flatten();
    let found =
        tampered.iter().flat_map(|(&segment, lines)| (1..).zip(lines).map(move |place| (segment, place)));
    let mut found = found.peekable();
    for line in expected {
        match found.next() {
            Some((segment, (number, other))) if other != line => return Some((segment, number)),
            Some(_) => {}
            None => return None,
        }
    }
    found.next().map(|(segment, (number, _))| (segment, number))
}

fn tamper(random: &mut Random, lines: &mut Lines) -> &'static str {
    let number = 1 + random.below(3) as u32;
    let segment = lines.get_mut(&number).unwrap();
    let (at, other) = (random.below(segment.len()), random.below(segment.len()));
    match random.below(8) {
        0 | 1 => {
            let byte = random.below(segment[at].len());
            segment[at][byte] ^= 1 << random.below(8);
            "a bit flipped"
        }
        2 => {
            let byte = random.below(segment[at].len());
            segment[at][byte] = 0;
            "a byte zeroed"
        }
        3 => {
            segment.remove(at);
            "a record removed"
        }
        4 => {
            segment.swap(at, other);
            "two records exchanged"
        }
        5 => {
            let copy = segment[at].clone();
            segment.insert(other, copy);
            "a record repeated"
        }
        6 => {
            segment.truncate(at + 1);
            let length = random.below(segment[at].len());
            segment[at].truncate(length);
            "a segment cut within a record"
        }
        _ => {
            segment.truncate(at);
            "a segment cut between records"
        }
    }
}

/// Lines as verification sees them: a flipped newline joins two, a flipped byte may make one.
fn resplit(lines: &Lines) -> Lines {
    lines.iter().map(|(&number, lines)| (number, split(&lines.concat()))).collect()
}

#[test]
fn r80_verification_finds_a_thousand_random_changes_and_names_the_place() {
    let (dir, original) = original();
    assert!(verify(dir.path(), None).unwrap().is_intact());
    let (mut found, mut beyond_files) = (0, 0);
    for seed in 0..TRIES {
        let mut tampered = original.clone();
        let how = tamper(&mut Random(seed), &mut tampered);
        let tampered = resplit(&tampered);
        write(&dir, &tampered);
        let report = verify(dir.path(), None).unwrap();
        let Some((number, line)) = first_difference(&original, &tampered) else {
            // Nothing changed, or whole records are gone from the very end.
            assert!(report.is_intact(), "seed {seed}, {how}: {report}");
            beyond_files += 1;
            continue;
        };
        let damage = report.damage.first().unwrap_or_else(|| panic!("seed {seed}, {how}: not found"));
        assert_eq!(
            (&damage.file, damage.line),
            (&segment(&dir, number), line),
            "seed {seed}, {how}: {damage}"
        );
        found += 1;
    }
    assert!(found > 900, "found {found}, not visible in the files alone {beyond_files}");
}

/// Someone who knows the format changes a record and its checksum.
#[test]
fn r80_a_changed_record_with_a_right_checksum_is_named_by_the_next_one() {
    let (dir, original) = original();
    for index in 0..RECORDS - 1 {
        let mut tampered = original.clone();
        let line = tampered.values_mut().flatten().nth(index as usize).unwrap();
        let mut record = Record::parse(frame::decode(line).unwrap()).unwrap();
        record.body = json!({"forged": true});
        line.clear();
        frame::encode(&record.canonical().unwrap(), line).unwrap();
        write(&dir, &tampered);
        let damage = verify(dir.path(), None).unwrap().damage;
        assert_eq!(damage[0].seq, index + 2);
        assert!(damage[0].what.ends_with(&format!("record {} was changed", index + 1)), "{}", damage[0]);
    }
}

#[test]
fn r80_a_missing_segment_is_named() {
    let (dir, mut lines) = original();
    lines.remove(&2);
    write(&dir, &lines);
    let damage = verify(dir.path(), None).unwrap().damage;
    assert_eq!((&damage[0].file, damage[0].seq), (&segment(&dir, 2), 21));
}

/// Only the end of the last segment can have been torn by a crash.
#[test]
fn r80_a_segment_cut_in_the_middle_of_the_journal_is_damage_and_left_alone() {
    let (dir, mut lines) = original();
    lines.get_mut(&1).unwrap().last_mut().unwrap().truncate(30);
    write(&dir, &lines);
    fs::remove_dir_all(dir.path().join("sled")).unwrap();
    let before = fs::read(segment(&dir, 1)).unwrap();
    let opened = open(&dir);
    assert_eq!((opened.damage.unwrap().seq, opened.repairs), (20, vec![]));
    assert_eq!(fs::read(segment(&dir, 1)).unwrap(), before);
}

/// Equal content in another spelling was not written by us.
#[test]
fn r80_json_that_is_not_canonical_is_damage() {
    let (dir, mut lines) = original();
    let line = lines.get_mut(&3).unwrap().last_mut().unwrap();
    let json = String::from_utf8(frame::decode(line).unwrap().to_vec()).unwrap().replace(":", ": ");
    line.clear();
    frame::encode(json.as_bytes(), line).unwrap();
    write(&dir, &lines);
    let damage = verify(dir.path(), None).unwrap().damage;
    assert_eq!(damage[0].seq, RECORDS);
    assert!(damage[0].what.contains("RFC 8785"), "{}", damage[0]);
}
