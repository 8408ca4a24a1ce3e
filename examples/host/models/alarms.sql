/*---
description: Moments with hardly any memory or processor left.
---*/
select at, 'memory' as what, used_percent as percent from memory where used_percent > 90
union all
select at, 'cpu' as what, busy as percent from cpu where cpu = 'all' and busy > 95
