/*---
description: Average of the highest bids of each category's auctions.
key: [category]
---*/
select category, avg(final) as avg
from (select a.id, a.category, max(b.price) as final
      from auction a
      join bid b on a.id = b.auction and b.date_time between a.date_time and a.expires
      group by a.id, a.category) as closed
group by category
