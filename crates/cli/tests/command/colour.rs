//! Colours are for terminals, and only where nobody says no.

use super::process::{Run, command, finish, run};

/// What each prints in colour.
const ANSWERS: [&str; 4] = [
    "diff website.yaml website-next.yaml",
    "test website.test.yaml",
    "who-can contents --policies website.yaml",
    "explain --repository octo-org/app --permission contents=read --owner-policy owner.yaml \
     --repository-policy website=website.yaml --target website",
];

/// The same on a terminal, which the program `script` of util-linux stands in for.
#[cfg(target_os = "linux")]
fn on_a_terminal(arguments: &str, environment: &[(&str, &str)]) -> Run {
    let binary = env!("CARGO_BIN_EXE_access-token");
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &format!("{binary} {arguments}"), "/dev/null"]).env_clear();
    script.envs(environment.iter().copied()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    script.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies"));
    let run = finish(&mut script, "");
    Run { stdout: run.stdout.replace("\r\n", "\n"), ..run }
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_unless_somebody_says_no() {
    for arguments in ANSWERS {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let plain = run(&words).stdout;
        let coloured = on_a_terminal(arguments, &[("TERM", "xterm")]).stdout;
        assert!(coloured.contains("\u{1b}["), "{arguments}: {coloured}");
        for environment in [&[("TERM", "xterm"), ("NO_COLOR", "1")][..], &[("TERM", "dumb")]] {
            assert_eq!(on_a_terminal(arguments, environment).stdout, plain, "{arguments}");
        }
        // An empty one does not count: https://no-color.org.
        let empty = on_a_terminal(arguments, &[("TERM", "xterm"), ("NO_COLOR", "")]).stdout;
        assert_eq!(empty, coloured, "{arguments}");
    }
}

#[test]
fn a_file_or_pipe_gets_none() {
    for arguments in ANSWERS {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let run = finish(command(&words).env("TERM", "xterm"), "");
        assert!(!run.stdout.contains('\u{1b}'), "{arguments}: {}", run.stdout);
    }
}
