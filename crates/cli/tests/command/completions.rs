//! `access-token completions` and `access-token man`.

use std::process::Command;

use super::process::{finish, run};

const COMMANDS: [&str; 10] =
    ["serve", "sandbox", "check", "diff", "who-can", "test", "schema", "explain", "completions", "man"];

/// What Bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    // The function is called as Bash calls it when the key is pressed.
    const PRESS: &str = r#"
script=$1; shift
source "$script" || exit 1
read -r -a registered <<< "$(complete -p access-token)"
for at in "${!registered[@]}"; do
    if [ "${registered[at]}" = -F ]; then function=${registered[at + 1]}; fi
done
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$function" access-token "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;
    let script = std::env::temp_dir().join(format!("access-token-{}-{}", words.len(), words.join("-")));
    std::fs::write(&script, run(&["completions", "bash"]).stdout).unwrap();
    let path = script.to_str().unwrap();
    assert!(Command::new("bash").args(["-n", path]).status().unwrap().success());
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", PRESS, "bash", path]).args(words);
    let run = finish(&mut bash, "");
    std::fs::remove_file(&script).unwrap();
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered(&["access-token", "ex"]), ["explain"]);
    assert_eq!(offered(&["access-token", "explain", "--format", ""]), ["human", "json"]);
    assert_eq!(offered(&["access-token", "who-can", "--pol"]), ["--policies"]);
    assert_eq!(offered(&["access-token", "schema", "ow"]), ["owner"]);
    let all = offered(&["access-token", ""]);
    assert!(COMMANDS.iter().all(|command| all.contains(&(*command).to_owned())), "{all:?}");
}

#[test]
fn every_shell_has_a_script_that_knows_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert_eq!((script.stderr.as_str(), script.code), ("", Some(0)), "{shell}");
        for command in COMMANDS {
            assert!(script.stdout.contains(command), "{shell}: {command}");
        }
    }
    let unknown = run(&["completions", "tcsh"]);
    assert!(
        unknown.stderr.contains("[possible values: bash, elvish, fish, powershell, zsh]"),
        "{}",
        unknown.stderr
    );
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
}

#[test]
fn fish_completes_values_of_arguments_without_a_name() {
    let script = run(&["completions", "fish"]).stdout;
    for (command, values) in
        [("schema", "repository owner test"), ("completions", "bash elvish fish powershell zsh")]
    {
        let condition = format!("-n \"__fish_access_token_using_subcommand {command}\"");
        let line = format!("\ncomplete -c access-token {condition} -f -a \"{values}\"\n");
        assert!(script.contains(&line), "{line}");
    }
    assert!(script.contains("\nfunction __fish_access_token_using_subcommand\n"));
}

#[test]
fn scripts_and_pages_hold_nothing_of_the_environment() {
    let mut command = super::process::command(&["completions", "bash"]);
    let script = finish(command.env("GITHUB_APP_PRIVATE_KEY", "of-the-environment"), "");
    assert!(!script.stdout.contains("of-the-environment"));
    assert_eq!(script.stdout, run(&["completions", "bash"]).stdout);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = std::env::temp_dir().join(format!("access-token-man-{}", std::process::id()));
    let shown = folder.to_str().unwrap();
    let written = run(&["man", shown]);
    let pages = COMMANDS.iter().map(|command| format!("{shown}/access-token-{command}.1"));
    let pages: Vec<String> = std::iter::once(format!("{shown}/access-token.1")).chain(pages).collect();
    assert_eq!(written.stdout.lines().collect::<Vec<_>>(), pages);
    assert_eq!((written.stderr.as_str(), written.code), ("", Some(0)));
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        assert!(text.contains("\n.SH NAME\n") && text.contains("\n.SH OPTIONS\n"), "{page}");
        assert!(text.contains("\nExample"), "{page}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let nowhere = run(&["man", "owner.yaml"]);
    assert_eq!(nowhere.stderr, "access-token: cannot write into `owner.yaml`: File exists (os error 17)\n");
    assert_eq!((nowhere.code, nowhere.stdout.as_str()), (Some(2), ""));
}
