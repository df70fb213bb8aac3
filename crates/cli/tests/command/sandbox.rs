//! `access-token sandbox`.

use super::process::{Server, command, run};

const WORLD: &str = "../../../sandbox/world";

#[test]
fn says_in_json_how_to_reach_it() {
    let server = Server::start(&mut command(&["sandbox", "--world", WORLD, "--format", "json"]));
    let ready: serde_json::Value = serde_json::from_str(&server.first_line).unwrap();
    let url = ready["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(ready["issuer"], format!("{url}/oidc"));
    assert_eq!(ready["app_id"], "12345");
    let key = std::path::PathBuf::from(ready["private_key_file"].as_str().unwrap());
    assert!(key.is_file());
    assert_eq!(server.stop("TERM"), Some(0));
    assert!(!key.exists(), "a key without --state is gone with its sandbox");
}

#[test]
fn says_to_people_how_to_start_a_broker_on_it() {
    let server = Server::start(&mut command(&["sandbox", "--world", WORLD]));
    assert!(server.first_line.starts_with("A GitHub of your own is ready at http://127.0.0.1:"));
    assert_eq!(server.stop("INT"), Some(0));
}

#[test]
fn ends_when_its_parent_is_gone() {
    let mut server = Server::start(&mut command(&[
        "sandbox",
        "--world",
        WORLD,
        "--format",
        "json",
        "--until-stdin-closes",
    ]));
    drop(server.child.stdin.take());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_world_that_is_no_directory_is_named() {
    let run = run(&["sandbox", "--world", "nowhere"]);
    assert_eq!(run.stderr, "access-token: --world: `nowhere` is no directory\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}
