//! Which time zone the person in front of the terminal is in.

use std::path::Path;
use trueconfig_common::window::Tz;

/// Where Linux links to the machine's zone.
const LOCAL_TIME: &str = "/etc/localtime";

/// The zone of the environment: `TZ`, else the machine's; UTC where neither has a name.
pub fn of_system(variable: impl Fn(&str) -> Option<String>) -> Tz {
    let chosen = variable("TZ").map(|name| name.trim_start_matches(':').to_owned());
    let machine = || std::fs::read_link(LOCAL_TIME).ok().and_then(|path| linked(&path));
    let named = chosen.filter(|name| !name.is_empty()).and_then(|name| name.parse().ok());
    named.or_else(machine).unwrap_or(Tz::UTC)
}

/// The zone whose file a link points to: `../usr/share/zoneinfo/Europe/Berlin`.
fn linked(path: &Path) -> Option<Tz> {
    let (_, name) = path.to_str()?.split_once("zoneinfo/")?;
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{linked, of_system};
    use std::path::Path;
    use trueconfig_common::window::Tz;

    #[test]
    fn the_environment_comes_first() {
        assert_eq!(of_system(|_| Some("Europe/Berlin".to_owned())), Tz::Europe__Berlin);
        assert_eq!(of_system(|_| Some(":Asia/Tokyo".to_owned())), Tz::Asia__Tokyo);
    }

    #[test]
    fn a_link_names_its_zone() {
        assert_eq!(linked(Path::new("/usr/share/zoneinfo/Europe/Berlin")), Some(Tz::Europe__Berlin));
        assert_eq!(linked(Path::new("../usr/share/zoneinfo/Etc/UTC")), Some(Tz::Etc__UTC));
        assert_eq!(linked(Path::new("/etc/somewhere")), None);
    }
}
