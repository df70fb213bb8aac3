//! What `--help` and wrong arguments lead to.

use super::process::run;

#[test]
fn every_command_has_help_with_an_example() {
    for command in
        ["serve", "sandbox", "check", "diff", "who-can", "test", "schema", "explain", "completions", "man"]
    {
        let help = run(&[command, "--help"]);
        assert_eq!(help.code, Some(0), "{command}");
        assert!(help.stdout.contains("Example"), "{command}");
        assert!(help.stdout.contains(&format!("  access-token {command}")), "{command}");
        let widest = help.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{command}: {widest:?}");
    }
}

#[test]
fn no_line_of_the_help_breaks_before_its_end() {
    for command in
        ["serve", "sandbox", "check", "diff", "who-can", "test", "schema", "explain", "completions", "man"]
    {
        let help = run(&[command, "--help"]).stdout;
        let ends = |line: &&str| line.ends_with([':', '.']);
        let lone: Vec<&str> = help
            .lines()
            .filter(|line| !line.is_empty() && !line.contains(' '))
            .filter(|line| !ends(line))
            .collect();
        assert_eq!(lone, [""; 0], "{command}");
    }
}

#[test]
fn the_exit_codes_stand_in_the_help() {
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for code in ["  0  ", "  1  ", "  2  ", "  3  "] {
        assert!(help.stdout.contains(code), "{}", help.stdout);
    }
}

#[test]
fn wrong_arguments_end_with_2() {
    for arguments in [&[][..], &["chekc"], &["explain"], &["sandbox"], &["check", "--kind", "x", "a"]] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}
