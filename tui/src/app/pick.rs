//! Dialogs in which a person picks one of several, or chooses any of them.

use super::State;
use super::dialog::{Choose, Dialog, Pick, PickOption, Picked, TargetOption};
use crate::look::Palette;
use trueconfig_common::id::ControlId;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationDetail;

/// The focus begins on what is so now.
fn pick(title: String, options: Vec<PickOption>, now: &Picked) -> Dialog {
    let selected = options.iter().position(|option| option.leads_to == *now).unwrap_or_default();
    Dialog::Pick(Pick { title, options, selected })
}

/// Another tenant of the same daemon.
pub fn tenants(state: &State) -> Option<Dialog> {
    let status = state.status.as_ref()?;
    let option = |name: &String| PickOption {
        leads_to: Picked::Tenant(name.clone()),
        label: name.clone(),
        explanation: String::new(),
        refused: if *name == status.tenant { "it is shown now".to_owned() } else { String::new() },
    };
    let options = status.tenants.iter().map(option).collect();
    Some(pick("Tenants of this daemon".to_owned(), options, &Picked::Tenant(status.tenant.clone())))
}

/// Another palette, until the end; the preferences keep one.
pub fn themes(state: &State) -> Dialog {
    let option = |palette: Palette, label: &str, explanation: &str| PickOption {
        leads_to: Picked::Theme(palette),
        label: label.to_owned(),
        explanation: explanation.to_owned(),
        refused: String::new(),
    };
    let options = vec![
        option(Palette::Dark, "dark", "for a dark background, 256 colours"),
        option(Palette::Light, "light", "for a light background, 256 colours"),
        option(Palette::HighContrast, "contrast", "bold and bright"),
        option(Palette::Basic, "basic", "the sixteen colours of the terminal"),
        option(Palette::Mono, "mono", "no colour"),
    ];
    pick("Theme; client.toml keeps one".to_owned(), options, &Picked::Theme(state.look.palette))
}

/// The mode of the selected control.
pub fn mode(state: &State) -> Option<Dialog> {
    let row = state.control()?;
    let detail = state.controls.detail_of(row.id.as_str());
    let (highest, never_auto) =
        detail.map_or((Mode::Auto, false), |detail| (detail.highest_mode, detail.never_auto));
    let refused = |mode: Mode| match mode {
        Mode::Auto if never_auto => "never automatic (R62)".to_owned(),
        mode if mode > highest => format!("the baseline allows {highest} at most"),
        _ => String::new(),
    };
    let control = Some(row.id.clone());
    let mut options = modes(control.as_ref(), refused);
    if row.overridden {
        options.push(PickOption {
            leads_to: Picked::Mode(control.clone(), None),
            label: "default".to_owned(),
            explanation: "take the override away; the tenant's default counts again".to_owned(),
            refused: String::new(),
        });
    }
    Some(pick(format!("Mode of {} {}", row.id, row.title), options, &Picked::Mode(control, Some(row.mode))))
}

/// The tenant's default mode.
pub fn default_mode(state: &State) -> Dialog {
    let refused = |mode: Mode| match mode {
        Mode::Auto => "auto is set per control only (D21)".to_owned(),
        _ => String::new(),
    };
    let now = state.settings_read.as_ref().map(|settings| settings.default_mode);
    pick("Default mode of the tenant".to_owned(), modes(None, refused), &Picked::Mode(None, now))
}

fn modes(control: Option<&ControlId>, refused: impl Fn(Mode) -> String) -> Vec<PickOption> {
    let option = |mode: Mode, explanation: &str| PickOption {
        leads_to: Picked::Mode(control.cloned(), Some(mode)),
        label: mode.to_string(),
        explanation: explanation.to_owned(),
        refused: refused(mode),
    };
    vec![
        option(Mode::Advisory, "guidance only, nothing is written; recommended for the first 30-60 days"),
        option(Mode::Manual, "recommended: a plan is prepared and waits for an approver"),
        option(Mode::Auto, "runs by itself if all five gates pass; for low risk, after 30+ days in manual"),
    ]
}

/// Other targets of a plan (D13).
pub fn targets(detail: &RemediationDetail) -> Dialog {
    let options = detail
        .choices
        .iter()
        .map(|choice| TargetOption {
            id: trueconfig_common::id::ObjectId::new(choice.target.id.clone()),
            name: choice.target.name.as_str().to_owned(),
            chosen: choice.chosen,
            refused: choice.refused.clone(),
        })
        .collect();
    Dialog::Choose(Choose {
        id: detail.row.id.clone(),
        title: format!("Targets of {}", detail.row.id),
        options,
        selected: 0,
        complaint: String::new(),
        sent: None,
    })
}
