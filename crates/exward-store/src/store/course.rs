//! How the servers of all tenants turned of late: what small curves side by side are drawn from.

use jiff::civil::Date;
use sqlx::query_as;

use super::campaign::TURNS_MAX;
use super::moment::{date, day_of};
use super::{ImprintId, Store, StoreError, TenantId, Turn};

impl Store {
    /// The turns of a tenant's servers since a day, or of all tenants', by tenant, day and imprint. What was before
    /// is summed up as turns of that day. One statement, however many tenants there are.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: more than [`TURNS_MAX`].
    pub async fn turns_since(
        &self,
        within: Option<TenantId>,
        first: Date,
    ) -> Result<Vec<(TenantId, Turn)>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64)> = query_as(
            "SELECT tenant, on_day, imprint, CAST(sum(delta) AS BIGINT) FROM (
               SELECT tenant, CASE WHEN day < $2 THEN $2 ELSE day END AS on_day, imprint, delta
               FROM turn WHERE $1 IS NULL OR tenant = $1) AS dated
             GROUP BY tenant, on_day, imprint HAVING sum(delta) <> 0
             ORDER BY tenant, on_day, imprint LIMIT $3",
        )
        .bind(within.map(|it| it.0))
        .bind(day_of(first))
        .bind(i64::from(TURNS_MAX).saturating_add(1))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        if rows.len() > usize::try_from(TURNS_MAX).unwrap_or(usize::MAX) {
            let what = format!("there are more than {TURNS_MAX} turns; drop what is too old");
            return Err(StoreError::Conflict { what });
        }
        let turn = |(tenant, day, imprint, delta)| {
            let turn = Turn { day: date(day)?, imprint: ImprintId(imprint), delta };
            Ok((TenantId(tenant), turn))
        };
        rows.into_iter().map(turn).collect()
    }
}
