//! What a template may say: the part of Jinja whose cost is known beforehand.
//!
//! minijinja counts steps and the bytes of texts, but not what lies in a list or map. A list that holds another one twice,
//! again and again, is made in a few steps and has more items than there is memory to compare or print them. So a template
//! makes no lists and maps, multiplies nothing, and keeps no value but the items of a list that the Pod has.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, ForLoop, Stmt};

/// Operators and parts within parts. A path takes some ten; who reads a template calls itself for each.
const DEEPEST: usize = 200;

/// Refuses everything else, with what to write instead.
pub(super) fn check(template: &Stmt<'_>) -> Result<(), &'static str> {
    Scope { variables: Vec::new(), depth: 0 }.statement(template)
}

/// Where in a template something stands.
#[derive(Clone)]
struct Scope<'a> {
    /// The variables of the loops around it.
    variables: Vec<&'a str>,
    depth: usize,
}

impl<'a> Scope<'a> {
    fn deeper(&self) -> Result<Self, &'static str> {
        if self.depth == DEEPEST {
            return Err("has too many parts within parts; write it simpler");
        }
        Ok(Self { depth: self.depth + 1, ..self.clone() })
    }

    fn statements(&self, statements: &[Stmt<'a>]) -> Result<(), &'static str> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&self, statement: &Stmt<'a>) -> Result<(), &'static str> {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(printed) => self.expression(&printed.expr),
            Stmt::IfCond(condition) => {
                let inner = self.deeper()?;
                inner.expression(&condition.expr)?;
                inner.statements(&condition.true_body)?;
                inner.statements(&condition.false_body)
            }
            Stmt::ForLoop(repeated) => self.repeated(repeated),
            _ => Err("uses a statement other than if and for, which is not allowed here"),
        }
    }

    fn repeated(&self, repeated: &ForLoop<'a>) -> Result<(), &'static str> {
        let Expr::Var(variable) = &repeated.target else {
            return Err("has a for with more than one variable; use one");
        };
        if repeated.recursive {
            return Err("has a for that is recursive, which is not allowed here");
        }
        if !self.is_of_the_pod(&repeated.iter) {
            return Err(
                "has a for over something else than a list of the Pod; write a path that begins with pod, such as \
                        `for container in pod.spec.containers`",
            );
        }
        self.expression(&repeated.iter)?;
        self.statements(&repeated.else_body)?;
        let mut inner = self.deeper()?;
        inner.variables.push(variable.id);
        repeated.filter_expr.iter().try_for_each(|filter| inner.expression(filter))?;
        inner.statements(&repeated.body)
    }

    /// Whether it is the Pod, an item of a loop, or a part of one of them.
    fn is_of_the_pod(&self, expression: &Expr<'a>) -> bool {
        match expression {
            Expr::Var(variable) => variable.id == "pod" || self.variables.contains(&variable.id),
            Expr::GetAttr(part) => self.is_of_the_pod(&part.expr),
            Expr::GetItem(part) => self.is_of_the_pod(&part.expr),
            _ => false,
        }
    }

    fn expression(&self, expression: &Expr<'a>) -> Result<(), &'static str> {
        let inner = self.deeper()?;
        let all = |parts: &[&Expr<'a>]| parts.iter().try_for_each(|part| inner.expression(part));
        match expression {
            Expr::Var(_) | Expr::Const(_) => Ok(()),
            Expr::GetAttr(part) => inner.expression(&part.expr),
            Expr::GetItem(part) => all(&[&part.expr, &part.subscript_expr]),
            Expr::Slice(slice) => {
                inner.expression(&slice.expr)?;
                [&slice.start, &slice.stop, &slice.step]
                    .into_iter()
                    .flatten()
                    .try_for_each(|bound| inner.expression(bound))
            }
            Expr::UnaryOp(operation) => inner.expression(&operation.expr),
            Expr::BinOp(operation) => {
                check_operator(operation.op, &operation.left, &operation.right)?;
                all(&[&operation.left, &operation.right])
            }
            Expr::Compare(comparison) => {
                inner.expression(&comparison.expr)?;
                comparison.ops.iter().try_for_each(|compared| inner.expression(&compared.expr))
            }
            Expr::IfExpr(choice) => {
                all(&[&choice.test_expr, &choice.true_expr])?;
                choice.false_expr.iter().try_for_each(|other| inner.expression(other))
            }
            Expr::Filter(filter) => {
                filter.expr.iter().try_for_each(|filtered| inner.expression(filtered))?;
                inner.arguments(&filter.args)
            }
            Expr::Test(test) => {
                inner.expression(&test.expr)?;
                inner.arguments(&test.args)
            }
            Expr::Call(_) => {
                Err("calls a function or method, which is not there; use a filter (`value | lower`)")
            }
            Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => Err(
                "makes a list or map (with `[`, `{` or a comma), which is not allowed here; compare and print single \
                     values",
            ),
        }
    }

    fn arguments(&self, arguments: &[CallArg<'a>]) -> Result<(), &'static str> {
        arguments.iter().try_for_each(|argument| match argument {
            CallArg::Pos(value) | CallArg::Kwarg(_, value) => self.expression(value),
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => {
                Err("spreads arguments with `*`, which is not allowed here")
            }
        })
    }
}

fn check_operator(operator: BinOpKind, left: &Expr<'_>, right: &Expr<'_>) -> Result<(), &'static str> {
    match operator {
        BinOpKind::Mul | BinOpKind::Pow => Err("uses `*`, which is not allowed here"),
        // It would put lists together, too.
        BinOpKind::Add if !is_text(left) && !is_text(right) => {
            Err("uses `+` between values that need not be texts; put texts together with `~`")
        }
        _ => Ok(()),
    }
}

/// Whether it is a text whatever the Pod is like.
fn is_text(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(constant) => constant.value.as_str().is_some(),
        Expr::BinOp(operation) => match operation.op {
            BinOpKind::Concat => true,
            BinOpKind::Add => is_text(&operation.left) || is_text(&operation.right),
            _ => false,
        },
        _ => false,
    }
}
