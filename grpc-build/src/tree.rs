use std::collections::{BTreeMap, BTreeSet};

/// The modules of the generated code, one for each part of a package's name.
#[derive(Default)]
pub(crate) struct Tree {
    code: String,
    children: BTreeMap<String, Self>,
}

impl Tree {
    /// The module at `path`, made if it is new.
    pub(crate) fn module<'a>(&mut self, path: impl IntoIterator<Item = &'a str>) -> &mut Self {
        path.into_iter().fold(self, |module, part| {
            module.children.entry(part.to_owned()).or_default()
        })
    }

    pub(crate) fn push(&mut self, code: &str) {
        self.code.push_str(code);
        if !code.ends_with('\n') {
            self.code.push('\n');
        }
    }

    /// The module `name` right inside this one.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.get(name)
    }

    /// The names of the modules right inside this one, those in its code included.
    pub(crate) fn child_names(&self) -> BTreeSet<&str> {
        let written = self
            .code
            .lines()
            .filter_map(|line| line.strip_prefix(OPEN)?.strip_suffix(" {"));
        self.children.keys().map(String::as_str).chain(written).collect()
    }

    /// The whole tree as code.
    pub(crate) fn into_code(self) -> String {
        let Self { mut code, children } = self;
        for (name, child) in children {
            let opening = format!("{OPEN}{name} {{\n");
            let inner = child.into_code();
            // The messages nested in `Greeter` are in a module `greeter`, like those of a package `greeter`.
            // What is not at the top is indented, so this line opens the former.
            let start = if code.starts_with(&opening) {
                Some(0)
            } else {
                code.find(&format!("\n{opening}")).map(|at| at + 1)
            };
            match start {
                Some(start) => code.insert_str(start + opening.len(), &inner),
                None => code.push_str(&format!("{opening}{inner}}}\n")),
            }
        }
        code
    }
}

const OPEN: &str = "pub mod ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_and_nested_messages_of_one_name_share_the_module() {
        let mut tree = Tree::default();
        tree.module(["a"])
            .push("pub struct Greeter {}\npub mod greeter {\n    pub struct Nested {}\n}\n");
        tree.module(["a", "greeter"]).push("pub struct Other {}\n");
        let code = tree.into_code();
        assert_eq!(code.matches("pub mod greeter {").count(), 1, "{code}");
        assert!(
            code.contains("pub mod greeter {\npub struct Other {}\n    pub struct Nested {}"),
            "{code}"
        );
    }

    #[test]
    fn modules_in_the_code_are_children_too() {
        let mut tree = Tree::default();
        tree.push("pub mod nested {\n    pub mod inner {\n    }\n}\n");
        tree.module(["package"]);
        assert_eq!(
            tree.child_names().into_iter().collect::<Vec<_>>(),
            ["nested", "package"]
        );
    }
}
