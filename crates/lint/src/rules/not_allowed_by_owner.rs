//! A grant that the owner policy does not let through.

use github_types::{Level, Permission};
use policy::diagnostic::Severity;
use policy::parse::PolicyKind;

use super::{Report, Rule};
use crate::outline::Outline;

pub(super) const RULE: Rule = Rule {
    code: "AT025",
    name: "not-allowed-by-owner",
    severity: Severity::Warning,
    summary: "A repository policy grants what `allowed-repository-permissions` of the owner policy does not allow (only where the owner policy is given).",
    reason: "Whatever the repository policy says, such a permission is refused.",
    remedy: "Ask for it in `allowed-repository-permissions`, or lower the grant.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let (PolicyKind::Repository, Some(owner_policy)) = (outline.kind, outline.owner_policy) else { return };
    for granted in outline.statements.iter().flat_map(|statement| &statement.permissions) {
        let (permission, level) = (granted.permission, granted.level);
        let implied = (permission == Permission::METADATA).then_some(Level::Read);
        let allowed = owner_policy.allowed_repository_permissions.get(&permission).copied().max(implied);
        if allowed >= Some(level) {
            continue;
        }
        let at_most =
            allowed.map_or("does not allow it".to_owned(), |most| format!("allows `{most}` at most"));
        let message = format!("`{permission}: {level}` has no effect: the owner policy {at_most}");
        let help =
            format!("add `{permission}: {level}` to its `allowed-repository-permissions`, or lower this");
        report.add(granted.span, message, help);
    }
}
