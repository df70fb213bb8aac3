//! What `access-token test --junit` writes, as the programs read it that it is for: by an XML parser, and no more of it
//! than the descriptions of this form have in common.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::process::run;
use super::test::File;

/// The attributes of each element, all of which the schema of Jenkins' xUnit plugin knows.
const ATTRIBUTES: [(&str, &[&str]); 4] = [
    ("testsuites", &["errors", "failures", "name", "tests", "time"]),
    ("testsuite", &["errors", "failures", "name", "skipped", "tests", "time"]),
    ("testcase", &["classname", "name", "time"]),
    ("failure", &["message", "type"]),
];

fn number(node: Node<'_, '_>, name: &str) -> usize {
    node.attribute(name).unwrap().parse().unwrap()
}

/// The child elements, all of that name; between them there is nothing but white space.
fn children<'a>(node: Node<'a, 'a>, name: &str) -> Vec<Node<'a, 'a>> {
    for child in node.children().filter(|child| !child.is_element()) {
        assert!(child.is_text() && child.text().unwrap().trim().is_empty(), "{child:?}");
    }
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    assert!(children.iter().all(|child| child.tag_name().name() == name), "{node:?}");
    children
}

/// Holds a report to its form; gives the names of its tests with the text of their failures.
fn read(xml: &str) -> BTreeMap<String, Option<String>> {
    let document = Document::parse(xml).unwrap();
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let (_, expected) = ATTRIBUTES.iter().find(|(element, _)| *element == name).unwrap();
        let mut found: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
        found.sort_unstable();
        assert_eq!(found, *expected, "{name}");
    }
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("name")), ("testsuites", Some("access-token")));
    let suites = children(root, "testsuite");
    let mut tests = BTreeMap::new();
    for suite in &suites {
        let cases = children(*suite, "testcase");
        let mut failed = 0;
        for case in &cases {
            let failures = children(*case, "failure");
            assert!(failures.len() <= 1);
            let text = failures.first().map(|failure| {
                let text = failure.text().unwrap();
                assert_eq!(failure.children().count(), 1);
                assert_eq!(failure.attribute("message"), text.lines().next());
                text.to_owned()
            });
            failed += failures.len();
            assert_eq!(case.attribute("classname"), suite.attribute("name"));
            tests.insert(case.attribute("name").unwrap().to_owned(), text);
        }
        let counts = ["tests", "failures", "errors", "skipped"].map(|name| number(*suite, name));
        assert_eq!(counts, [cases.len(), failed, 0, 0]);
    }
    for name in ["tests", "failures", "errors"] {
        assert_eq!(number(root, name), suites.iter().map(|suite| number(*suite, name)).sum::<usize>());
    }
    assert_eq!(tests.len(), number(root, "tests"), "two tests have the same name");
    tests
}

/// Runs these test files, given as their names and texts.
fn reported(files: &[(&str, String)]) -> BTreeMap<String, Option<String>> {
    let files: Vec<File> = files.iter().map(|(name, text)| File::new(name, text)).collect();
    let report = File::new(&format!("{}.xml", files.len()), "");
    let mut arguments = vec!["test", "--junit", report.path()];
    arguments.extend(files.iter().map(File::path));
    let run = run(&arguments);
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    read(&std::fs::read_to_string(report.path()).unwrap())
}

/// A file with tests of these names, each with what it expects.
fn tests(names: &[(&str, &str)]) -> String {
    let test = |(name, expect): &(&str, &str)| {
        format!(
            "  - name: {name}\n    claims: {{repository: octo-org/app}}\n    request: {{permissions: {{contents: read}}}}\n    expect: {expect}\n"
        )
    };
    let tests: String = names.iter().map(test).collect();
    format!("repository-policies: {{}}\ntests:\n{tests}")
}

#[test]
fn results_of_several_files_add_up() {
    let first = tests(&[("a", "denied"), ("b", "granted"), ("c", "granted")]);
    let results = reported(&[("junit-1.yaml", first), ("junit-2.yaml", tests(&[("d", "denied")]))]);
    let failed: Vec<(&str, bool)> =
        results.iter().map(|(name, failure)| (name.as_str(), failure.is_some())).collect();
    assert_eq!(failed, [("a", false), ("b", true), ("c", true), ("d", false)]);
    assert_eq!(
        results["b"].as_deref().unwrap().lines().collect::<Vec<_>>(),
        [
            "expected granted, found denied",
            "octo-org/app: The GitHub App sees no access policy in this repository (repository-policy-missing)",
            "the caller counts as repo:octo-org/app:ref:refs/heads/main",
        ]
    );
}

#[test]
fn hostile_names_stay_names() {
    // As YAML writes them, and as they are read from the report: a control character is shown as U+FFFD.
    let names = [
        (r#"'"/></testsuite><testsuite name="x'"#, r#""/></testsuite><testsuite name="x"#),
        ("'<!-- -->'", "<!-- -->"),
        ("'<![CDATA[ ]]>'", "<![CDATA[ ]]>"),
        ("'&lt; &#0; &x; &'", "&lt; &#0; &x; &"),
        ("\"it's\"", "it's"),
        (r#""a\nb\tc\rd\0e\x1bf""#, "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f"),
        (r#""\uFFFE \uFFFF \u202E""#, "\u{fffd} \u{fffd} \u{fffd}"),
        ("'  two  spaces  '", "  two  spaces  "),
        ("'\u{1f511} ünï'", "\u{1f511} ünï"),
        ("''", ""),
    ];
    for expect in ["granted", "denied"] {
        let text = tests(&names.map(|(name, _)| (name, expect)));
        let results = reported(&[("junit-<&\"'>.yaml", text)]);
        for (_, name) in names {
            assert_eq!(results.get(name).map(Option::is_some), Some(expect == "granted"), "{name:?}");
        }
        assert_eq!(results.len(), names.len());
    }
}
