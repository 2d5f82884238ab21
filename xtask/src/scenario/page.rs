//! The commands of a page, and what it says that they print.

/// One command as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// What a reader types.
    pub(super) command: String,
    /// What the page says that it prints, where it does.
    pub(super) prints: Option<String>,
}

/// What a line that is typed begins with.
const PROGRAMS: [&str; 4] = ["cargo ", "helm ", "kubectl ", "volume-syncing-controller "];

/// All commands of a page, in order. A block that begins with none is what the command before it prints.
pub(super) fn commands(page: &str) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for block in blocks(page) {
        if !is_command(&block) {
            if let Some(last) = shown.last_mut() {
                last.prints = Some(block);
            }
            continue;
        }
        for line in block.replace("\\\n", "").lines() {
            let command = line.split_whitespace().collect::<Vec<_>>().join(" ");
            shown.push(Shown { command, prints: None });
        }
    }
    shown
}

fn is_command(block: &str) -> bool {
    PROGRAMS.iter().any(|program| block.starts_with(program))
}

/// What stands four spaces from the margin, without them.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = String::new();
    for line in page.lines().chain([""]) {
        match line.strip_prefix("    ") {
            Some(text) => {
                block.push_str(text);
                block.push('\n');
            }
            None if !block.is_empty() => blocks.push(std::mem::take(&mut block)),
            None => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_what_they_print_are_told_apart() {
        let page = "# A page\n\ntext\n\n    kubectl get pods\n    helm install one two \\\n        --wait\n\ntext\n\n    \
                    kubectl exec app -- cat file\n\n    dear diary\n    the last line\n\ntext\n";
        let shown = |command: &str, prints: Option<&str>| Shown {
            command: command.to_owned(),
            prints: prints.map(str::to_owned),
        };
        let expected = [
            shown("kubectl get pods", None),
            shown("helm install one two --wait", None),
            shown("kubectl exec app -- cat file", Some("dear diary\nthe last line\n")),
        ];
        assert_eq!(commands(page), expected);
    }
}
