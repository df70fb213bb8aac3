//! What is told of a policy file in which something is wrong, word by word.

#![cfg(test)]

use policy::diagnostic::{Code, Diagnostic};
use policy::parse::{Parsed, parse_owner_policy, parse_repository_policy};

fn repository(text: &str) -> Parsed<policy::model::RepositoryPolicy> {
    parse_repository_policy(text, &"octo-org/website".parse().unwrap())
}

fn owner(sections: &str) -> Parsed<policy::model::OwnerPolicy> {
    let text = format!("origin: octo-org/.github-access-token\n{sections}");
    parse_owner_policy(&text, &"octo-org/.github-access-token".parse().unwrap())
}

/// The one thing that is wrong with a repository policy.
fn only(text: &str) -> Diagnostic {
    let [diagnostic] = repository(text).diagnostics.try_into().unwrap();
    diagnostic
}

#[test]
fn says_what_stands_where_a_text_should() {
    for (value, found) in [
        ("true", "a boolean"),
        ("1", "a number"),
        ("0.5", "a number"),
        ("[octo-org/website]", "a list"),
        ("{octo-org: website}", "a mapping"),
    ] {
        let diagnostic = only(&format!("origin: {value}\n"));
        assert_eq!(diagnostic.message, format!("`origin` must be `octo-org/website`, found {found}"));
        assert_eq!(diagnostic.code, Code::WrongType);
    }
    for nothing in ["origin:\n", "statements: []\n"] {
        assert_eq!(only(nothing).message, "a policy needs `origin`");
    }
    let subjects = "origin: octo-org/website\nstatements: [{subjects: a, permissions: {}}]\n";
    assert_eq!(only(subjects).message, "`subjects` must be a list, found a text");
}

#[test]
fn what_is_no_yaml_comes_with_what_to_do() {
    let told = |text: &str| {
        let Diagnostic { code, help, .. } = only(text);
        (code, help.unwrap_or_default())
    };
    assert_eq!(told(""), (Code::NotAMapping, "begin with `origin: OWNER/REPOSITORY`".to_owned()));
    assert_eq!(only("# nothing\n").message, "the file is empty: expected a policy");
    let twice = "keep one of the two: which one counts must not be a guess".to_owned();
    assert_eq!(told("a: 1\na: 2\n"), (Code::DuplicateKey, twice));
    let tabs = "indent with spaces: YAML does not allow tabs there".to_owned();
    assert_eq!(told("origin: a\nstatements:\n\t- b\n"), (Code::NotYaml, tabs));
    let quotes = "compare the indentation, and put texts with `*`, `{` or `[` into quotes".to_owned();
    assert_eq!(told("origin: [a\n"), (Code::NotYaml, quotes));
    let tag = "remove the tag, the word that begins with `!`".to_owned();
    assert_eq!(told("a: !!binary aGk=\n"), (Code::NotYaml, tag));
    let unusable = Parsed::<()>::unusable("a directory");
    let said: Vec<(Code, &str)> = unusable
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.code, diagnostic.message.as_str()))
        .collect();
    assert_eq!((unusable.policy, said), (None, vec![(Code::NotYaml, "a directory")]));
}

#[test]
fn a_key_that_is_no_plain_value_is_refused_where_it_begins_and_not_read_on() {
    for text in ["? [a, b]\n: c\n", "? {a: !!binary b}\n: c\n", "? [!!binary a]\n: c\n"] {
        let diagnostic = only(text);
        assert_eq!(diagnostic.message, "a key is not a plain value");
        let (start, end) = (diagnostic.span.start, diagnostic.span.end);
        assert_eq!((start.line, start.column, end.line, end.column), (1, 3, 1, 4), "{text}");
    }
}

#[test]
fn the_key_that_was_probably_meant_is_suggested_if_it_is_near() {
    let keys = "the keys here are `origin`, `statements`";
    for (key, help) in [
        ("orign", "did you mean `origin`?"),
        ("oirgni", "did you mean `origin`?"),
        ("ogn", keys),
        ("statement", "did you mean `statements`?"),
        ("statemxyzs", "did you mean `statements`?"),
        ("statwxyzts", keys),
        ("permits", keys),
    ] {
        let diagnostic = only(&format!("origin: octo-org/website\n{key}: 1\n"));
        assert_eq!(diagnostic.message, format!("unknown key `{key}`"));
        assert_eq!(diagnostic.help.unwrap(), help, "{key}");
    }
}

#[test]
fn what_only_the_second_reader_refuses_has_its_place_beside_the_words() {
    let large = "9".repeat(26);
    let diagnostic = only(&format!("a: {large}\n"));
    let words = format!("not YAML: a: invalid type: integer `{large}` as u128, expected any YAML value");
    assert_eq!(diagnostic.message, words);
    assert_eq!((diagnostic.span.start.line, diagnostic.span.start.column), (1, 4));
}

#[test]
fn of_a_file_full_of_problems_the_first_are_told_and_the_rest_is_counted() {
    let told = |count: usize| {
        let statements = "- {}\n".repeat(count / 2);
        let diagnostics =
            repository(&format!("origin: octo-org/website\nstatements:\n{statements}")).diagnostics;
        (diagnostics.len(), diagnostics.last().unwrap().message.clone())
    };
    assert_eq!(told(200), (200, "a statement needs `permissions`".to_owned()));
    assert_eq!(told(202), (201, "and 2 more problems".to_owned()));
    assert_eq!(told(250), (201, "and 50 more problems".to_owned()));
    // Those that are costly to tell are counted like the others.
    let permissions = (0..203).fold(String::new(), |text, number| text + &format!("p{number}: read, "));
    let text = format!(
        "origin: octo-org/website\nstatements: [{{subjects: [a], permissions: {{{permissions}}}}}]\n"
    );
    let diagnostics = repository(&text).diagnostics;
    assert_eq!((diagnostics.len(), diagnostics[200].message.as_str()), (201, "and 3 more problems"));
}

#[test]
fn patterns_that_cost_too_much_together_make_the_file_invalid() {
    let patterns = |count| {
        (0..count).fold(String::new(), |text, number| text + &format!("'repo:**{number}??????????', "))
    };
    let statement = |count| {
        repository(&format!(
            "origin: octo-org/website\nstatements: [{{subjects: [{}], permissions: {{}}}}]\n",
            patterns(count)
        ))
    };
    let allowed = |count| owner(&format!("allowed-subjects: [{}]\n", patterns(count)));
    assert!(statement(85).policy.is_some() && allowed(85).policy.is_some());
    let (statement, allowed) = (statement(95), allowed(95));
    assert!(statement.policy.is_none() && allowed.policy.is_none());
    for diagnostics in [statement.diagnostics, allowed.diagnostics] {
        let codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, [Code::TooComplex]);
        assert_eq!(diagnostics[0].span.start.line, 2);
    }
}

#[test]
fn an_entry_that_is_left_out_does_not_take_the_others_with_it() {
    let policy = owner("allowed-subjects: [1, 'repo:o/r:*', 'repo:o/r:**']\n");
    let codes: Vec<Code> = policy.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [Code::WrongType, Code::VoidPattern]);
    let help = "write the key, such as `ref`, or end with `:**` for any claims that follow";
    assert_eq!(policy.diagnostics[1].help.as_deref(), Some(help));
    assert!(policy.policy.is_some());
    let statements =
        "origin: octo-org/website\nstatements:\n- 1\n- {subjects: [a], permissions: {contents: read}}\n";
    let policy = repository(statements);
    assert_eq!(policy.policy.unwrap().statements.list[0].number, 2);
}

#[test]
fn a_list_of_permissions_is_shown_as_it_should_be_unless_it_is_long() {
    let help = |count: usize| {
        let names = [
            "actions",
            "checks",
            "contents",
            "deployments",
            "issues",
            "pages",
            "packages",
            "secrets",
            "statuses",
        ];
        let items: Vec<String> = names.iter().take(count).map(|name| format!("'{name}: read'")).collect();
        let [diagnostic] = owner(&format!("allowed-repository-permissions: [{}]\n", items.join(", ")))
            .diagnostics
            .try_into()
            .unwrap();
        let Diagnostic { help, .. }: Diagnostic = diagnostic;
        help.unwrap()
    };
    assert!(help(8).ends_with("secrets: read"), "{}", help(8));
    // Not a part of it, which would read as all of it.
    assert!(help(9).ends_with("contents: read"), "{}", help(9));
}

#[test]
fn of_unknown_keys_only_those_of_statements_are_said_to_belong_there() {
    let text = "origin: octo-org/website\npermissions: {contents: read}\nsubjects: []\nzebra: 1\n";
    let helps: Vec<Option<String>> =
        repository(text).diagnostics.into_iter().map(|diagnostic| diagnostic.help).collect();
    let [first, second, third] = &helps[..] else { panic!("{helps:?}") };
    assert!(
        first.as_ref().is_some_and(|help| help.starts_with("it belongs into a statement:\n")),
        "{first:?}"
    );
    assert_eq!(second.as_deref(), Some("it belongs into a statement, too"));
    assert!(third.as_ref().is_none_or(|help| !help.contains("belongs")), "{third:?}");
}
