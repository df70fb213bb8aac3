//! `access-token schema`, and the schemas that lie in the repository.

use super::process::run;

#[test]
fn the_committed_schemas_are_what_the_command_prints() {
    for kind in ["repository", "owner", "test"] {
        let file = format!("{}/../../schemas/{kind}.json", env!("CARGO_MANIFEST_DIR"));
        let printed = run(&["schema", kind]);
        assert_eq!((printed.stderr.as_str(), printed.code), ("", Some(0)));
        let hint = format!("`access-token schema {kind} > schemas/{kind}.json` writes it");
        assert!(std::fs::read_to_string(file).unwrap() == printed.stdout, "{hint}");
    }
}

#[test]
fn there_are_no_other_schemas() {
    let other = run(&["schema", "broker"]);
    assert!(other.stderr.contains("[possible values: repository, owner, test]"), "{}", other.stderr);
    assert_eq!(other.code, Some(2));
}
