//! `stipple certificate issue`: a class at a time. The students come from a CSV file, the certificates are built, shown and
//! signed here, and the directory is sent what was signed. It hands out only bits of the status list and numbers.
//!
//! Whatever happens in between, nothing is issued twice: what was signed is on disk before it is sent, and a second run
//! sends the same bytes again, which the directory knows.

mod directory;
mod journal;
mod students;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use self::directory::{Directory, Sent};
use self::journal::{Journal, State};
use self::students::{Student, Students};
use super::sign::{self, CourseFile, name_from_did};
use crate::certificates::document::{Award, CourseLink, CourseVersion, criteria_of};
use crate::cli::files::{self, plain};
use crate::cli::key::read_key;
use crate::cli::{Failure, Outcome, note, progress, say};
use crate::config::limits;
use crate::platform::clock::{Clock, Ts};
use crate::platform::id::Ids;
use crate::signing::jcs;
use crate::signing::keys::KeyFile;
use crate::signing::status::Entry;

/// Rows that are shown before anything is signed, and faults that are told at once.
const SHOWN: usize = 5;
const FAULTS: usize = 50;

/// Whom to certify, for what, and where.
#[derive(Debug, Args)]
pub(in crate::cli) struct IssueArgs {
    /// The students: a CSV file with the columns name and awarded, and where you have them listing, trainer, trainer
    /// name, valid until and old number
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// The address of the course version: `current.url` of the course
    #[arg(long, value_name = "URL")]
    course: String,
    /// The key file of `stipple key new`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The academy's token; better given in the environment than here, where others see it
    #[arg(long, env = "STIPPLE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: String,
    /// The academy's name as it signs itself; made from its DID where it is left out
    #[arg(long, value_name = "NAME")]
    academy: Option<String>,
    /// Where the course is described, when its address cannot be reached from here: `http://127.0.0.1:8080`
    #[arg(long, value_name = "URL")]
    directory: Option<String>,
    /// What was signed and sent so far; FILE.issued.jsonl where it is left out
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Leave out the rows that have faults
    #[arg(long)]
    skip_faulty: bool,
    /// Issue also to those who have this certificate already, by the directory's list
    #[arg(long)]
    again: bool,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    preview: bool,
    /// Sign without asking
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: &IssueArgs) -> Outcome {
    let key = read_key(&args.key)?;
    let link =
        CourseLink::parse(&args.course).ok_or("--course: give the address of a version, …/versions/…")?;
    let directory = Directory::new(&args.course, args.directory.as_deref(), &args.token)?;
    let course = directory.course(&link).await?;
    let course = Course::of(&course, link, &key, args.academy.as_deref())?;
    let mut students = Students::read(&args.csv, course.link.hash())?;
    let path = args.journal.clone().unwrap_or_else(|| {
        let mut path = args.csv.clone().into_os_string();
        path.push(".issued.jsonl");
        path.into()
    });
    let mut journal = Journal::open(&path, &key.did, &course.link.url(), args.preview)?;
    if journal.is_new() && !args.again {
        students.leave_out_known(&directory.issued(&course.link).await?);
    }
    if !agreed(args, &students, &course, &journal)? {
        return Ok(ExitCode::SUCCESS);
    }
    let waiting: Vec<&Student> =
        students.good.iter().filter(|student| !journal.is_done(&student.row)).collect();
    let refused = send(&directory, &course, &key, &mut journal, &waiting).await?;
    let done = waiting.len() - refused.len();
    say(format_args!("{done} certificates are in the directory; {} has their numbers.", path.display()));
    for (line, why) in refused.iter().take(FAULTS) {
        say(format_args!("line {line}: refused: {}", plain(why)));
    }
    if refused.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!(
        "{} were refused. Mend the rows, and run this again: the others are not sent twice.",
        refused.len()
    ));
    Ok(ExitCode::from(1))
}

/// The course, as every certificate of the batch shows it.
struct Course {
    link: CourseLink,
    name: String,
    description: String,
    criteria: String,
    issuer_name: String,
}

impl Course {
    fn of(
        file: &CourseFile,
        link: CourseLink,
        key: &KeyFile,
        academy: Option<&str>,
    ) -> Result<Self, Failure> {
        // The hash is computed here, of what came; what the address says is only compared.
        if file.hash != link.hash() {
            return Err(format!(
                "what the directory has at {} has the hash {}: it is not that version",
                link.url(),
                file.hash
            )
            .into());
        }
        if let Some(owner) = file.version["academy"].as_str().filter(|owner| *owner != key.did) {
            return Err(format!("the course belongs to {owner}, and the key to {}", key.did).into());
        }
        let text = |name: &str| {
            file.text(name)
                .map(str::to_owned)
                .ok_or_else(|| Failure::from(format!("the course has no content.{name}")))
        };
        Ok(Self {
            name: text("title")?,
            description: text("description")?,
            criteria: criteria_of(&file.version["content"]),
            issuer_name: academy.map_or_else(|| name_from_did(&key.did), str::to_owned),
            link,
        })
    }

    fn sign(
        &self,
        student: &Student,
        key: &KeyFile,
        entry: Entry,
        now: Ts,
        ids: &Ids,
    ) -> Result<Value, Failure> {
        let award = Award {
            id: ids.random_uuid(),
            issuer: key.did.clone(),
            issuer_name: self.issuer_name.clone(),
            course: CourseVersion {
                link: self.link.clone(),
                name: self.name.clone(),
                description: self.description.clone(),
                criteria: self.criteria.clone(),
            },
            holder: student.name.clone(),
            listing: student.listing,
            trainer: student.trainer.clone(),
            old_number: student.old_number.clone(),
            awarded: student.awarded,
            valid_from: now,
            valid_until: student.valid_until,
            status: Some(entry),
        };
        let draft = Value::Object(award.to_credential());
        sign::check(&draft, key, None, now)?;
        sign::sign(draft, key, now)
    }
}

/// Shows what is about to happen, and asks.
fn agreed(
    args: &IssueArgs,
    students: &Students,
    course: &Course,
    journal: &Journal,
) -> Result<bool, Failure> {
    for (line, fault) in students.faults.iter().take(FAULTS) {
        note(&format!("line {line}: {}", plain(fault)));
    }
    if students.faults.len() > FAULTS {
        note(&format!("and {} more", students.faults.len() - FAULTS));
    }
    for (line, number) in &students.known {
        note(&format!(
            "line {line}: has this certificate already, {}; left out (--again issues another)",
            plain(number)
        ));
    }
    let done = students.good.iter().filter(|student| journal.is_done(&student.row)).count();
    note(&format!("course      {}, {}", plain(&course.name), course.link.url()));
    note(&format!("academy     {}", plain(&course.issuer_name)));
    note(&format!("criteria    {}", plain(&course.criteria)));
    for student in students.good.iter().filter(|student| !journal.is_done(&student.row)).take(SHOWN) {
        note(&format!("line {:<6} {}", student.line, plain(&student.shown())));
    }
    let waiting = students.good.len() - done;
    note(&format!(
        "{waiting} to sign, of {} rows; {done} are issued already, {} faulty, {} known",
        students.rows,
        students.faults.len(),
        students.known.len()
    ));
    if !students.faults.is_empty() && !args.skip_faulty {
        return Err("nothing was signed: mend the rows above, or leave them out with --skip-faulty".into());
    }
    if args.preview || waiting == 0 {
        return Ok(false);
    }
    if !args.yes && !files::confirm(&format!("Sign {waiting} certificates?"))? {
        return Err("nothing was signed".into());
    }
    Ok(true)
}

/// Signs and sends, a block at a time: one is signed while the one before is on its way. Answers what was refused.
async fn send(
    directory: &Directory,
    course: &Course,
    key: &KeyFile,
    journal: &mut Journal,
    students: &[&Student],
) -> Result<Vec<(u64, String)>, Failure> {
    let bar = progress(students.len() as u64, "issuing");
    let mut refused = Vec::new();
    let mut blocks = students.chunks(limits::BATCH);
    let left = students.iter().filter(|student| journal.state(&student.row).is_none()).count();
    let mut pool = Pool { entries: Vec::new(), left };
    let mut ready = match blocks.next() {
        Some(block) => signed((directory, &mut pool), course, key, journal, block).await?,
        None => Vec::new(),
    };
    while !ready.is_empty() {
        // Nothing leaves before it is on disk.
        journal.keep(&ready)?;
        let next = async {
            match blocks.next() {
                Some(block) => signed((directory, &mut pool), course, key, journal, block).await,
                None => Ok(Vec::new()),
            }
        };
        let (sent, next) = tokio::join!(directory.send(&ready), next);
        for ((student, _), sent) in ready.iter().zip(sent?) {
            match &sent {
                Sent::Stored(number) => journal.done(&student.row, number)?,
                Sent::Refused(why) => refused.push((student.line, why.clone())),
            }
        }
        journal.sync()?;
        bar.inc(ready.len() as u64);
        ready = next?;
    }
    bar.finish_and_clear();
    Ok(refused)
}

/// One block, signed; what a run before signed and did not bring away is taken as it is.
async fn signed<'s>(
    (directory, pool): (&Directory, &mut Pool),
    course: &Course,
    key: &KeyFile,
    journal: &Journal,
    block: &[&'s Student],
) -> Result<Vec<(&'s Student, Vec<u8>)>, Failure> {
    let fresh = block.iter().filter(|student| journal.state(&student.row).is_none()).count();
    pool.fill(directory, fresh, key).await?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let mut jobs = Vec::with_capacity(block.len());
    for student in block {
        jobs.push((
            *student,
            match journal.state(&student.row) {
                Some(State::Signed(at)) => Job::Kept(journal.read(at)?),
                _ => {
                    Job::Sign(pool.entries.pop().ok_or("the directory gave too few bits of the status list")?)
                }
            },
        ));
    }
    let now = Ts::from_micros(clock.now().seconds() * 1_000_000);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let each = jobs.len().div_ceil(threads).max(1);
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let parts: Vec<_> = jobs
                .chunks(each)
                .map(|part| {
                    let ids = &ids;
                    let one = move |(student, job): &(&'s Student, Job)| match job {
                        Job::Kept(bytes) => Ok((*student, bytes.clone())),
                        Job::Sign(entry) => course
                            .sign(student, key, entry.clone(), now, ids)
                            .and_then(|signed| Ok((*student, jcs::to_vec(&signed)?)))
                            .map_err(|error| format!("line {}: {error}", student.line)),
                    };
                    scope.spawn(move || part.iter().map(one).collect::<Result<Vec<_>, String>>())
                })
                .collect();
            let mut all = Vec::with_capacity(jobs.len());
            for part in parts {
                all.extend(part.join().map_err(|_| "signing came to a sudden end")??);
            }
            Ok(all)
        })
    })
}

/// Bits of the status list that were given out and not used yet.
struct Pool {
    entries: Vec<Entry>,
    /// How many will still be needed, those that are here included.
    left: usize,
}

impl Pool {
    /// Sees that there are so many, asking for as many at once as the directory gives.
    async fn fill(&mut self, directory: &Directory, wanted: usize, key: &KeyFile) -> Result<(), Failure> {
        if self.entries.len() < wanted {
            let missing = self.left - self.entries.len();
            self.entries.extend(directory.reserve(missing.min(limits::STATUS_ENTRIES as usize), key).await?);
        }
        self.left = self.left.saturating_sub(wanted);
        Ok(())
    }
}

/// What is to be done for one student of a block.
enum Job {
    Kept(Vec<u8>),
    Sign(Entry),
}
