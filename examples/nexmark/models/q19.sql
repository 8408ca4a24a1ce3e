/*---
description: The ten highest bids of each auction.
---*/
select *
from (select *, row_number() over (partition by auction order by price desc, date_time, bidder) as place
      from bid) as ranked
where place <= 10
