//! Statements of many rows, which are too long to be written by hand.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{
    Any, AnyConnection, Arguments as _, AssertSqlSafe, Decode, Encode, Error, Row as _, Type,
    query_with,
};

use super::{Engine, StoreError};

/// The most rows of one statement.
pub(super) const ROWS_MAX: usize = 500;

/// A statement that is being written, with its values.
///
/// Its places for values are `?` on SQLite: named ones (`$1`) are searched one by one there, which for some
/// thousand of them takes longer than the statement itself.
pub(super) struct Sql {
    engine: Engine,
    text: String,
    values: AnyArguments,
    failure: Option<Error>,
}

impl Sql {
    pub(super) fn new(engine: Engine, text: &str) -> Self {
        Self { engine, text: text.to_owned(), values: AnyArguments::default(), failure: None }
    }

    /// Text of the statement. Never data.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A column as a pattern of small letters wants it. `LIKE` of SQLite looks over the case of ASCII by itself, and
    /// twice as fast.
    pub(super) fn small(&mut self, column: &str) -> &mut Self {
        match self.engine {
            Engine::Sqlite => self.push(column),
            Engine::Postgres => self.push("lower(").push(column).push(")"),
        }
    }

    /// A value.
    pub(super) fn bind<T>(&mut self, value: T) -> &mut Self
    where
        T: for<'v> Encode<'v, Any> + Type<Any>,
    {
        if let Err(error) = self.values.add(value) {
            self.failure = Some(Error::Encode(error));
        }
        match self.engine {
            Engine::Sqlite => self.text.push('?'),
            Engine::Postgres => {
                self.text.push('$');
                self.text.push_str(&self.values.len().to_string());
            }
        }
        self
    }

    /// Items with commas between them, each in parentheses: `(…), (…)`.
    pub(super) fn rows<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut row: impl FnMut(&mut Row<'_>, T),
    ) -> &mut Self {
        for (number, item) in items.into_iter().enumerate() {
            self.push(if number == 0 { "(" } else { ", (" });
            let first_row = number == 0;
            row(&mut Row { sql: self, first_row, columns: 0 }, item);
            self.push(")");
        }
        self
    }

    /// Values with commas between them, in parentheses.
    pub(super) fn list<T>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self
    where
        T: for<'v> Encode<'v, Any> + Type<Any>,
    {
        for (number, value) in values.into_iter().enumerate() {
            self.push(if number == 0 { "(" } else { ", " }).bind(value);
        }
        self.push(")")
    }

    /// Runs it; how many rows it has changed.
    pub(super) async fn run(self, connection: &mut AnyConnection) -> Result<u64, StoreError> {
        let (text, values) = self.done("written")?;
        let done = query_with(AssertSqlSafe(text), values).persistent(false);
        Ok(done.execute(connection).await.map_err(StoreError::of("written"))?.rows_affected())
    }

    /// Runs it; the rows that it gives.
    pub(super) async fn all(
        self,
        connection: &mut AnyConnection,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let (text, values) = self.done("read")?;
        let done = query_with(AssertSqlSafe(text), values).persistent(false);
        done.fetch_all(connection).await.map_err(StoreError::of("read"))
    }

    fn done(self, doing: &'static str) -> Result<(String, AnyArguments), StoreError> {
        match self.failure {
            Some(error) => Err(StoreError::of(doing)(error)),
            None => Ok((self.text, self.values)),
        }
    }
}

/// A row that is being written. The columns of the first one say their type: PostgreSQL takes that of all
/// from it.
pub(super) struct Row<'s> {
    sql: &'s mut Sql,
    first_row: bool,
    columns: usize,
}

impl Row<'_> {
    fn value<T>(&mut self, value: T, kind: &str) -> &mut Self
    where
        T: for<'v> Encode<'v, Any> + Type<Any>,
    {
        if self.columns > 0 {
            self.sql.push(", ");
        }
        self.columns = self.columns.saturating_add(1);
        if self.first_row && self.sql.engine == Engine::Postgres {
            self.sql.push("CAST(").bind(value).push(" AS ").push(kind).push(")");
        } else {
            self.sql.bind(value);
        }
        self
    }

    pub(super) fn number(&mut self, value: impl Into<Option<i64>>) -> &mut Self {
        self.value(value.into(), "BIGINT")
    }

    pub(super) fn text<'t>(&mut self, value: impl Into<Option<&'t str>>) -> &mut Self {
        self.value(value.into().map(str::to_owned), "TEXT")
    }

    pub(super) fn bytes<'b>(&mut self, value: impl Into<Option<&'b [u8]>>) -> &mut Self {
        self.value(value.into().map(<[u8]>::to_vec), "BYTEA")
    }
}

/// A column of a row.
pub(super) fn column<'r, T>(row: &'r AnyRow, index: usize) -> Result<T, StoreError>
where
    T: Decode<'r, Any> + Type<Any>,
{
    row.try_get(index).map_err(StoreError::of("read"))
}
