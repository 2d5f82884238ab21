//! Templates in an object's fields, filled in with what is known of the Pod.
//!
//! Who writes templates need not be trusted: each has a bounded length and a bounded result, all of one Pod together have a
//! bounded number of steps, and no step can be made expensive ([`code`], [`pod`]). What a Pod does not have is an error,
//! never an empty text: two Pods must not come to the same path because both lack an annotation.

mod code;
mod output;
mod pod;

use k8s_openapi::api::core::v1::Pod;
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Template, UndefinedBehavior, Value, context, filters, tests};

use crate::Refusal;

/// Bytes of a template.
const LONGEST_TEMPLATE: usize = 4_096;
/// Bytes of what it comes to.
pub(crate) const LONGEST_RESULT: usize = 4_096;
/// Steps of minijinja's machine for all templates of one Pod; each text of 64 bytes that is put together counts as one more.
/// A path takes some ten.
const FUEL: u64 = 10_000;

/// Fills in templates for one Pod.
pub(crate) struct Templates<'a> {
    pod: &'a Pod,
    /// With the fuel that is left.
    environment: Environment<'static>,
    /// Made when it is first needed: most texts are no templates.
    context: Option<Value>,
}

impl<'a> Templates<'a> {
    pub(crate) fn new(pod: &'a Pod) -> Self {
        Self { pod, environment: environment(), context: None }
    }

    /// What the text of `field` comes to. A text without a template in it is taken as it is.
    pub(crate) fn fill_in(&mut self, field: &str, text: &str) -> Result<String, Refusal> {
        if !is_template(text) {
            return Ok(text.to_owned());
        }
        self.render(text).map_err(|problem| refusal(field, problem))
    }

    fn render(&mut self, text: &str) -> Result<String, String> {
        let template = read(&self.environment, text)?;
        let context = self.context.get_or_insert_with(|| context! { pod => pod::value(self.pod) }).clone();
        let mut output = output::Bounded::new(LONGEST_RESULT);
        let left = match template.render_captured_to(context, &mut output) {
            Ok(done) => done.state().fuel_levels().map_or(0, |(_, left)| left),
            Err(_) if output.is_full() => return Err(format!("comes to more than {LONGEST_RESULT} bytes")),
            Err(error) => return Err(told(&error, text)),
        };
        self.environment.set_fuel(Some(left));
        let filled_in = output.into_text().ok_or("comes to something that is no text")?;
        if filled_in.contains(pod::NO_TEXT) {
            return Err(
                "uses a whole list or map of the Pod as a text; name the part that is meant".to_owned()
            );
        }
        Ok(filled_in)
    }
}

/// Whether the text of `field` can be read, for whatever Pod.
pub(crate) fn check(field: &str, text: &str) -> Result<(), Refusal> {
    if !is_template(text) {
        return Ok(());
    }
    read(&environment(), text).map(drop).map_err(|problem| refusal(field, problem))
}

fn read<'a>(environment: &'a Environment<'static>, text: &'a str) -> Result<Template<'a, 'a>, String> {
    if text.len() > LONGEST_TEMPLATE {
        return Err(format!("is longer than {LONGEST_TEMPLATE} bytes; take what is fixed out of it"));
    }
    let parsed = parse(text, "", SyntaxConfig::default()).map_err(|error| told(&error, text))?;
    code::check(&parsed)?;
    environment.template_from_str(text).map_err(|error| told(&error, text))
}

fn refusal(field: &str, problem: String) -> Refusal {
    Refusal::Template { field: field.to_owned(), problem }
}

fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// What templates can do: look at the Pod, decide, repeat for a list, and put texts together.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.add_filter("default", filters::default);
    environment.add_filter("d", filters::default);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("replace", replace);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("endingwith", tests::is_endingwith);
    environment
}

/// As Jinja's, unless the result would be longer than anything that is needed.
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let longest = text.len().saturating_add(1).saturating_mul(to.len().max(1));
    if longest.max(text.len()) > LONGEST_RESULT * 16 {
        return Err(Error::new(ErrorKind::InvalidOperation, "the text is too long to replace in"));
    }
    Ok(text.replace(from, to))
}

/// The error in one line, with the piece of the template that it is about.
fn told(error: &Error, text: &str) -> String {
    let kind = match error.kind() {
        ErrorKind::UndefinedError => "asks for something that this Pod does not have",
        ErrorKind::SyntaxError => "cannot be read",
        ErrorKind::OutOfFuel => {
            return "takes too many steps, alone or with the object's other templates".to_owned();
        }
        ErrorKind::UnknownFilter
        | ErrorKind::UnknownFunction
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownMethod => {
            "uses something that is not there (filters: default, lower, upper, trim, length, replace)"
        }
        _ => "cannot be filled in",
    };
    let piece = error.range().and_then(|range| text.get(range)).filter(|piece| !piece.is_empty());
    let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    match piece {
        Some(piece) => format!("{kind}: {piece}{detail}"),
        None => format!("{kind}{detail}"),
    }
}

#[cfg(test)]
mod checks;
