//! Verbs that decide about remediations.

use super::args::{Approve, Noted, Plan, Rollback};
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use super::{Session, ask, follow};
use crate::screens::{confirm, remediation};
use crate::text::window::{short, whole};
use chrono::Utc;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, ObjectId, PlanDigest, RemediationId};
use trueconfig_common::interface::remediations::{
    self, ChooseTargets, CloseRemediation, GetRemediation, PlanFix, Reject, Withdraw,
};
use trueconfig_common::mode::BlastRadius;
use trueconfig_common::remediation::RemediationDetail;
use trueconfig_common::window::{Window, WindowError};

/// Plans the fix of a control, or plans anew with other targets.
pub async fn plan(session: &mut Session, args: Plan) -> Result<Exit, Trouble> {
    let (tenant, id) = (session.tenant.clone(), args.id.to_ascii_uppercase());
    let detail = if args.targets.is_empty() {
        session.connection.call(&PlanFix { tenant, control: ControlId::new(id) }).await?
    } else {
        let targets = args.targets.into_iter().map(ObjectId::new).collect();
        session.connection.call(&ChooseTargets { tenant, id: RemediationId::new(id), targets }).await?
    };
    if session.printer.is_json() {
        session.printer.json(&detail, Layout::Whole)?;
    } else {
        session.printer.document(&remediation::document(&detail, session.printer.look(), Utc::now()))?;
        session
            .printer
            .line(&format!("\nNothing is changed yet. Next: trueconfig approve {}", detail.row.id))?;
    }
    Ok(Exit::Done)
}

/// Approves and executes.
pub async fn approve(session: &mut Session, args: Approve) -> Result<Exit, Trouble> {
    let window = args.window.as_deref().map(|text| window(session, text)).transpose()?;
    let before = get(session, &args.id).await?;
    check_digest(&before, args.digest.as_deref())?;
    if !args.yes && !ask::is_possible() {
        return Err(no_terminal("approve", &before));
    }
    if let Some(window) = window.as_ref().filter(|_| !session.printer.is_json()) {
        session.printer.line(&format!("When: {}", whole(window, session.printer.look().zone, Utc::now())))?;
    }
    let (note, acknowledge) = if args.yes {
        (args.note, args.acknowledge)
    } else {
        ask_approval(session, &before, args.note, args.acknowledge)?
    };
    let approval = remediations::Approve {
        tenant: session.tenant.clone(),
        id: before.row.id.clone(),
        digest: before.digest.clone(),
        note,
        acknowledge,
        window,
    };
    let after = session.connection.call(&approval).await?;
    let later = after.row.window.as_ref().is_some_and(|window| Utc::now() < window.from);
    ended(session, &before, after, args.no_wait || later).await
}

fn window(session: &Session, text: &str) -> Result<Window, Trouble> {
    let wrong = |error: WindowError| Trouble::Usage(format!("--window: {error}"));
    Window::parse(text, Utc::now(), session.printer.look().zone).map_err(wrong)
}

/// Rolls back.
pub async fn rollback(session: &mut Session, args: Rollback) -> Result<Exit, Trouble> {
    let before = get(session, &args.id).await?;
    check_digest(&before, args.digest.as_deref())?;
    let mut note = args.note;
    if !args.yes {
        if !ask::is_possible() {
            return Err(no_terminal("rollback", &before));
        }
        session.printer.document(&confirm::rollback(&before, Utc::now()))?;
        note = ask_note(note)?;
        ask::word("Roll back?", "yes")?;
    }
    let call = remediations::Rollback { tenant: session.tenant.clone(), id: before.row.id.clone(), note };
    let after = session.connection.call(&call).await?;
    ended(session, &before, after, args.no_wait).await
}

/// Rejects.
pub async fn reject(session: &mut Session, args: Noted) -> Result<Exit, Trouble> {
    let call = Reject { tenant: session.tenant.clone(), id: id(&args.id), note: args.note };
    let detail = session.connection.call(&call).await?;
    stands(session, &detail)
}

/// Takes an approval back.
pub async fn withdraw(session: &mut Session, args: Noted) -> Result<Exit, Trouble> {
    let call = Withdraw { tenant: session.tenant.clone(), id: id(&args.id), note: args.note };
    let detail = session.connection.call(&call).await?;
    stands(session, &detail)
}

/// Closes what waits for a person.
pub async fn close(session: &mut Session, args: Noted) -> Result<Exit, Trouble> {
    if args.note.trim().is_empty() {
        return Err(Trouble::Usage("close needs --note: what was found and done by hand".to_owned()));
    }
    let call = CloseRemediation { tenant: session.tenant.clone(), id: id(&args.id), note: args.note };
    let detail = session.connection.call(&call).await?;
    stands(session, &detail)
}

fn id(text: &str) -> RemediationId {
    RemediationId::new(text.to_ascii_uppercase())
}

async fn get(session: &mut Session, text: &str) -> Result<RemediationDetail, Trouble> {
    let call = GetRemediation { tenant: session.tenant.clone(), id: id(text) };
    Ok(session.connection.call(&call).await?)
}

/// A digest given must be that of the plan as it stands now.
fn check_digest(detail: &RemediationDetail, given: Option<&str>) -> Result<(), Trouble> {
    let Some(given) = given else { return Ok(()) };
    if given.len() < PlanDigest::SHORT {
        return Err(Trouble::Usage(format!("--digest needs at least {} characters", PlanDigest::SHORT)));
    }
    if detail.digest.as_str().starts_with(&given.to_ascii_lowercase()) {
        return Ok(());
    }
    Err(Trouble::Refused(format!(
        "{} has the digest {}, not {}: it is not the plan you read; look at trueconfig show {0}",
        detail.row.id,
        detail.digest.short(),
        safe(given)
    )))
}

fn no_terminal(verb: &str, detail: &RemediationDetail) -> Trouble {
    let acknowledge: String = match verb {
        "approve" => detail.to_acknowledge.iter().map(|gate| format!(" --acknowledge {gate}")).collect(),
        _ => String::new(),
    };
    let (id, short) = (&detail.row.id, detail.digest.short());
    Trouble::Usage(format!(
        "{verb} asks at a terminal, and there is none. Read the plan with trueconfig show {id}, then:\n  \
         trueconfig {verb} {id} --digest {short} --yes{acknowledge} --note TEXT"
    ))
}

fn ask_approval(
    session: &Session,
    detail: &RemediationDetail,
    note: String,
    mut acknowledged: Vec<Gate>,
) -> Result<(String, Vec<Gate>), Trouble> {
    session.printer.document(&remediation::document(detail, session.printer.look(), Utc::now()))?;
    session.printer.line("")?;
    session.printer.document(&confirm::approval(detail, Utc::now()))?;
    if !detail.approve_refused.is_empty() {
        return Err(Trouble::Refused(safe(&detail.approve_refused)));
    }
    for gate in &detail.to_acknowledge {
        if !acknowledged.contains(gate) {
            ask::word(
                &format!("The gate {gate} fails, as shown above. Do you know and accept that?"),
                "yes",
            )?;
            acknowledged.push(*gate);
        }
    }
    let note = ask_note(note)?;
    if detail.row.blast_radius >= BlastRadius::MANY_USERS {
        let question = format!("Blast radius {}. Approve and execute?", detail.row.blast_radius);
        ask::word(&question, detail.digest.short())?;
    } else {
        ask::word("Approve and execute?", "yes")?;
    }
    Ok((note, acknowledged))
}

fn ask_note(given: String) -> Result<String, Trouble> {
    if given.is_empty() { ask::line("Note (kept in the audit log):") } else { Ok(given) }
}

async fn ended(
    session: &mut Session,
    before: &RemediationDetail,
    after: RemediationDetail,
    no_wait: bool,
) -> Result<Exit, Trouble> {
    if no_wait { stands(session, &after) } else { follow::until_end(session, before, after).await }
}

fn stands(session: &Session, detail: &RemediationDetail) -> Result<Exit, Trouble> {
    if session.printer.is_json() {
        session.printer.json(detail, Layout::Whole)?;
    } else {
        let waiting = detail.row.window.as_ref().filter(|_| detail.row.state.is_pending());
        let when = waiting.map(|window| format!("; {}", short(window, Utc::now()))).unwrap_or_default();
        session.printer.line(&format!("{} is {}{when}.", detail.row.id, detail.row.state))?;
    }
    Ok(Exit::Done)
}
