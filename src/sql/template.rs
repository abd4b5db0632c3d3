//! Templates of SQL: the steps of the queries, each a file below `steps/`, and the views around them below
//! `views/`; filled in here.
//!
//! A template is SQL with `{{ … }}` where something differs. It takes only [`Sql`], so that no text gets into
//! a query but through the type that quotes it, and a name that nobody set is an error.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::query::Sql;

macro_rules! templates {
    ($($folder:literal: $($name:literal),* $(,)?;)*) => {
        const TEMPLATES: &[(&str, &str)] =
            &[$($(($name, include_str!(concat!($folder, "/", $name, ".sql")))),*),*];
    };
}

templates! {
    "steps":
        "exposures", "lanes", "scan", "tested", "traffic";
    "views":
        "20_experiment_exposures", "21_experiment_exposure_timeseries", "22_experiment_traffic",
        "30_experiment_metric_stats", "40_experiment_results", "41_experiment_summary";
}

/// The templates, ready to be filled in.
pub struct Templates(Environment<'static>);

impl Templates {
    pub fn new() -> Templates {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().expect("the default delimiters differ"));
        environment.set_formatter(write_sql_only);
        environment.add_filter("indent", indent);
        for (name, text) in TEMPLATES {
            if let Err(error) = environment.add_template(name, text.trim_end()) {
                panic!("{name} is no template: {error}");
            }
        }
        Templates(environment)
    }

    /// A template with its gaps filled.
    ///
    /// # Panics
    /// When there is none of the name or it wants something that is not given: a mistake of ours, which every
    /// test sees.
    pub fn fill(&self, name: &str, values: impl Into<Value>) -> Sql {
        let rendered = self.0.get_template(name).and_then(|template| template.render(values.into()));
        match rendered {
            Ok(text) => Sql::new(text.trim_end()),
            Err(error) => panic!("the template {name}: {error:#}"),
        }
    }
}

fn write_sql_only(output: &mut Output<'_>, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.downcast_object_ref::<Sql>() {
        Some(sql) => output.write_str(sql.as_str()).map_err(Error::from),
        None => {
            let problem = format!("{} would be written into {}, which takes SQL only", value, state.name());
            Err(Error::new(ErrorKind::InvalidOperation, problem))
        }
    }
}

fn indent(value: &Value, width: usize) -> Result<Value, Error> {
    match value.downcast_object_ref::<Sql>() {
        Some(sql) => Ok(sql.indented(width).into()),
        None => {
            let kind: ValueKind = value.kind();
            Err(Error::new(ErrorKind::InvalidOperation, format!("only SQL can be indented, not {kind}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str, values: Value) -> Result<String, Error> {
        let templates = Templates::new();
        templates.0.render_str(template, values)
    }

    #[test]
    fn a_bare_string_is_refused() {
        let values = minijinja::context! { event => "purchase' OR 1 --" };
        assert!(render("SELECT {{ event }}", values).is_err());
        let values = minijinja::context! { event => Value::from(Sql::string("it's")) };
        assert_eq!(render("SELECT {{ event }}", values).unwrap(), r"SELECT 'it\'s'");
    }

    #[test]
    fn a_name_that_nobody_set_is_refused() {
        assert!(render("SELECT {{ event }}", minijinja::context! {}).is_err());
        assert!(render("{% if event %}SELECT 1{% endif %}", minijinja::context! {}).is_err());
    }

    #[test]
    fn lines_of_a_step_are_indented() {
        let values = minijinja::context! { body => Value::from(Sql::new("SELECT\n    1")) };
        assert_eq!(
            render("(\n    {{ body | indent(4) }}\n)", values).unwrap(),
            "(\n    SELECT\n        1\n)"
        );
    }
}
