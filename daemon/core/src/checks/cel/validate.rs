//! What a predicate may read and do, decided when its file is read.

use super::Shape;
use crate::baseline::Parameters;
use ::cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue};
use std::collections::BTreeSet;

/// Functions and operators that predicates may use; all of them end at once.
const FUNCTIONS: [&str; 28] = [
    "_?_:_",
    "_&&_",
    "_||_",
    "!_",
    "_-_",
    "_+_",
    "_*_",
    "_/_",
    "_%_",
    "_==_",
    "_!=_",
    "_>=_",
    "_<=_",
    "_>_",
    "_<_",
    "-_",
    "_[_]",
    "@in",
    "@not_strictly_false",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "months_after",
    "days_before",
    "known",
    "int",
    "string",
];

/// How deep an expression may be nested.
const MAX_DEPTH: usize = 40;

/// What an expression may not do.
pub(super) struct Fault {
    pub(super) message: String,
    /// The innermost node that is to blame.
    pub(super) node: Option<u64>,
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self { message, node: None }
    }
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Kind {
    /// A value of this shape.
    Shaped(&'static Shape),
    /// The table of parameters.
    Parameters,
    /// A value that is not looked into any further.
    Opaque,
}

/// What a predicate reads of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Fields of the object itself.
    pub(super) fields: Vec<String>,
    /// Names of all fields taken of anything; none if an object is used as a whole, by comparing it or putting it
    /// into a list: then every field of it counts.
    names: Option<BTreeSet<String>>,
}

impl Reads {
    /// Whether a field of an object inside is read.
    pub(super) fn name(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(name))
    }
}

struct Walk<'a> {
    object: &'static Shape,
    item: Option<&'static Shape>,
    parameters: &'a Parameters,
    /// Names bound by the enclosing loop.
    bound: Vec<(String, Kind)>,
    fields: BTreeSet<String>,
    names: BTreeSet<String>,
    whole: bool,
}

/// Checks an expression and says what it reads.
pub(super) fn validate(
    expression: &IdedExpr,
    object: &'static Shape,
    item: Option<&'static Shape>,
    parameters: &Parameters,
) -> Result<Reads, Fault> {
    let mut walk = Walk {
        object,
        item,
        parameters,
        bound: Vec::new(),
        fields: BTreeSet::new(),
        names: BTreeSet::new(),
        whole: false,
    };
    walk.kind_of(expression, 0)?;
    let names = (!walk.whole).then_some(walk.names);
    Ok(Reads { fields: walk.fields.into_iter().collect(), names })
}

impl Walk<'_> {
    fn kind_of(&mut self, expression: &IdedExpr, depth: usize) -> Result<Kind, Fault> {
        let blame = |fault: Fault| Fault { node: fault.node.or(Some(expression.id)), ..fault };
        self.kind_of_node(expression, depth).map_err(blame)
    }

    fn kind_of_node(&mut self, expression: &IdedExpr, depth: usize) -> Result<Kind, Fault> {
        if depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} deep").into());
        }
        match &expression.expr {
            Expr::Ident(name) => Ok(self.root(name)?),
            Expr::Select(select) => {
                let kind = self.kind_of(&select.operand, depth + 1)?;
                Ok(self.field(&select.operand, kind, &select.field)?)
            }
            Expr::Call(call) => {
                if !FUNCTIONS.contains(&call.func_name.as_str()) {
                    return Err(format!("unknown function \"{}\"", call.func_name).into());
                }
                let operands: Vec<&IdedExpr> =
                    call.target.iter().map(AsRef::as_ref).chain(&call.args).collect();
                let counted = call.func_name == "size";
                let compared_with_null = operands.iter().any(|one| is_null(one));
                self.operands(operands, counted || compared_with_null, depth)
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, depth),
            Expr::List(list) => self.operands(list.elements.iter().collect(), false, depth),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.all([&entry.key, &entry.value], depth)?;
                    }
                }
                Ok(Kind::Opaque)
            }
            Expr::Literal(_) | Expr::Unspecified => Ok(Kind::Opaque),
            Expr::Struct(_) => Err("a predicate makes no structures".to_owned().into()),
        }
    }

    fn all<'e>(
        &mut self,
        expressions: impl IntoIterator<Item = &'e IdedExpr>,
        depth: usize,
    ) -> Result<Kind, Fault> {
        for expression in expressions {
            self.kind_of(expression, depth + 1)?;
        }
        Ok(Kind::Opaque)
    }

    /// Objects that are compared, passed on or put into a list are used as a whole, unless it is only asked whether
    /// they are there or how many they are.
    fn operands(&mut self, operands: Vec<&IdedExpr>, only_asked: bool, depth: usize) -> Result<Kind, Fault> {
        for operand in operands {
            let kind = self.kind_of(operand, depth + 1)?;
            self.whole |= !only_asked && matches!(kind, Kind::Shaped(shape) if has_objects(shape));
        }
        Ok(Kind::Opaque)
    }

    fn root(&self, name: &str) -> Result<Kind, String> {
        if let Some((_, kind)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return Ok(*kind);
        }
        match (name, self.item) {
            ("object", _) => Ok(Kind::Shaped(self.object)),
            ("item", Some(item)) => Ok(Kind::Shaped(item)),
            ("parameters", _) => Ok(Kind::Parameters),
            ("now", _) => Ok(Kind::Opaque),
            _ => Err(format!("unknown name \"{name}\": there are object, item, parameters and now")),
        }
    }

    fn field(&mut self, operand: &IdedExpr, kind: Kind, name: &str) -> Result<Kind, String> {
        match kind {
            Kind::Parameters if self.parameters.contains_key(name) => Ok(Kind::Opaque),
            Kind::Parameters => Err(format!("unknown parameter \"{name}\"")),
            Kind::Opaque => Err(format!("\"{name}\" is taken of something that has no fields")),
            Kind::Shaped(shape) => {
                let field = shape.field(name).ok_or_else(|| format!("unknown field \"{name}\""))?;
                self.names.insert(name.to_owned());
                if matches!(&operand.expr, Expr::Ident(root) if root == "object") {
                    self.fields.insert(name.to_owned());
                }
                Ok(Kind::Shaped(field))
            }
        }
    }

    fn comprehension(&mut self, comprehension: &ComprehensionExpr, depth: usize) -> Result<Kind, Fault> {
        if !self.bound.is_empty() {
            return Err("a loop inside a loop is not allowed".to_owned().into());
        }
        let element = match self.kind_of(&comprehension.iter_range, depth + 1)? {
            Kind::Shaped(Shape::List(item)) => Kind::Shaped(item),
            _ => Kind::Opaque,
        };
        self.bound.push((comprehension.iter_var.clone(), element));
        self.bound.push((comprehension.accu_var.clone(), Kind::Opaque));
        let parts = [
            &comprehension.accu_init,
            &comprehension.loop_cond,
            &comprehension.loop_step,
            &comprehension.result,
        ];
        let kind = self.all(parts, depth);
        self.bound.clear();
        kind
    }
}

fn is_null(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Literal(LiteralValue::Null))
}

fn has_objects(shape: &Shape) -> bool {
    match shape {
        Shape::Object(_) => true,
        Shape::List(item) => has_objects(item),
        Shape::Scalar | Shape::Time => false,
    }
}
