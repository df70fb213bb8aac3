//! What changes at GitHub counts at the next request, whatever the broker knows from before.

use serde_json::{Value, json};

use crate::scene::Scene;

const OWNER_POLICY: &str = ".github-access-token";
const YAML: &str = ".github/access-token.yaml";
const YML: &str = ".github/access-token.yml";

type Change = fn(&mut Value);

/// A policy of the website that grants nothing.
const NOTHING: &str = "origin: octo-org/website\n";
/// One that grants what is asked.
const GRANTS: &str = "origin: octo-org/website
statements:
  - subjects: [\"repo:octo-org/app:ref:refs/heads/main\"]
    permissions: {contents: read}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_policy_that_was_edited_removed_or_added_counts() {
    let mut scene = Scene::warm().await;
    scene.write("website", YAML, Some(NOTHING));
    scene.denied("not-granted-by-repository-policy").await;
    scene.write("website", YAML, Some(GRANTS));
    scene.granted().await;
    scene.write("website", YAML, None);
    scene.denied("repository-policy-missing").await;
    scene.write("website", YML, Some(GRANTS));
    scene.granted().await;
    scene.granted().await;
    // The first of the two files decides from the moment in which it is there.
    scene.write("website", YAML, Some(NOTHING));
    scene.denied("not-granted-by-repository-policy").await;
    scene.write("website", YAML, Some("- x\n"));
    scene.denied("repository-policy-invalid").await;
    scene.write("website", YAML, Some(GRANTS));
    scene.granted().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_policy_that_was_edited_removed_or_added_counts() {
    let mut scene = Scene::warm().await;
    let origin = "origin: octo-org/.github-access-token\n";
    let allows = format!("{origin}allowed-repository-permissions: {{contents: read}}\n");
    for (text, code) in [
        (None, "owner-policy-missing"),
        (Some(origin.to_owned()), "not-allowed-by-owner-policy"),
        (Some(format!("{allows}allowed-subjects: []\n")), "caller-not-allowed"),
    ] {
        scene.write(OWNER_POLICY, "access-token.yaml", text.as_deref());
        scene.denied(code).await;
        scene.write(OWNER_POLICY, "access-token.yaml", Some(&allows));
        scene.granted().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_the_installation_counts() {
    let changes: [(Change, &str); 6] = [
        (|it| *it = Value::Null, "no-installation"),
        (|it| it["suspended"] = json!(true), "installation-suspended"),
        (
            |it| drop(it["permissions"].as_object_mut().unwrap().remove("contents")),
            "installation-lacks-permission",
        ),
        (
            |it| {
                it["permissions"] = json!({"issues": "write", "contents": "read", "metadata": "read"});
                it["repository_selection"] = json!("selected");
                it["repositories"] = json!([OWNER_POLICY]);
            },
            "repository-policy-missing",
        ),
        (
            |it| {
                it["repository_selection"] = json!("selected");
                it["repositories"] = json!([OWNER_POLICY]);
            },
            "repository-policy-missing",
        ),
        (
            |it| {
                it["repository_selection"] = json!("selected");
                it["repositories"] = json!(["website"]);
            },
            "owner-policy-missing",
        ),
    ];
    for dry_run in [false, true] {
        for (change, code) in changes {
            let mut scene = Scene::warm().await;
            let mut before = Value::Null;
            scene.change(|owner| before = owner["installation"].clone());
            scene.change(|owner| change(&mut owner["installation"]));
            scene.request["dry_run"] = json!(dry_run);
            scene.denied(code).await;
            scene.change(|owner| owner["installation"] = before);
            scene.request["dry_run"] = json!(false);
            scene.granted().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_installation_lost_counts_where_only_minting_can_tell() {
    let mut scene = Scene::warm().await;
    // The owner policy grants it by itself: no policy of the website is read.
    let policy = "origin: octo-org/.github-access-token
statements:
  - subjects: [\"repo:octo-org/app:ref:refs/heads/main\"]
    permissions: {contents: read, members: read}
";
    scene.write(OWNER_POLICY, "access-token.yaml", Some(policy));
    scene.granted().await;
    scene.change(|owner| {
        owner["installation"]["repository_selection"] = json!("selected");
        owner["installation"]["repositories"] = json!([OWNER_POLICY]);
    });
    scene.denied("refused-by-github").await;
    scene.change(|owner| owner["installation"]["repository_selection"] = json!("all"));
    scene.granted().await;
    // For all repositories, GitHub's answer would not say whose they are.
    scene.request = json!({"owner": "octo-org", "repositories": "ALL", "permissions": {"members": "read"}});
    scene.granted().await;
    scene.change(|owner| owner["installation"]["suspended"] = json!(true));
    scene.denied("installation-suspended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_installed_anew_serves_at_once() {
    let mut scene = Scene::warm().await;
    scene.change(|owner| owner["installation"]["id"] = json!(7002));
    let answer = scene.granted().await;
    assert_eq!(answer["installation_id"], 7002);
    let minted = scene.stage.token(&answer["token_hash"]).await;
    assert_eq!(minted["installation_id"], 7002);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_permissions_and_more_repositories_count() {
    let mut scene = Scene::start().await;
    scene.change(|owner| {
        owner["installation"]["permissions"].as_object_mut().unwrap().remove("contents");
        owner["installation"]["repository_selection"] = json!("selected");
        owner["installation"]["repositories"] = json!([OWNER_POLICY]);
    });
    scene.denied("installation-lacks-permission").await;
    scene.change(|owner| owner["installation"]["permissions"]["contents"] = json!("read"));
    scene.denied("repository-policy-missing").await;
    scene.change(|owner| owner["installation"]["repositories"] = json!([OWNER_POLICY, "website"]));
    scene.granted().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_the_installation_lost_lets_no_other_file_decide() {
    let mut scene = Scene::start().await;
    scene.write("website", YML, Some(GRANTS));
    scene.write("website", YAML, None);
    scene.change(|owner| owner["installation"]["permissions"]["contents"] = json!("read"));
    scene.granted().await;
    // From now on `.yaml` decides, and refuses; but the App's single-file permission covers it no more.
    scene.write("website", YAML, Some(NOTHING));
    scene.change(|owner| {
        let paths = owner["installation"]["single_file_paths"].as_array_mut().unwrap();
        paths.retain(|path| path != YAML);
    });
    scene.denied("not-granted-by-repository-policy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_gone_counts() {
    let mut scene = Scene::warm().await;
    let mut before = Value::Null;
    scene.change(|owner| before = std::mem::replace(owner, json!({"repositories": {}})));
    scene.denied("no-installation").await;
    scene.change(|owner| *owner = before);
    scene.granted().await;
}
