/*---
description: The highest bid of each ten seconds.
---*/
select window_start, window_end, max(price) as price, count(*) as bids
from tumble(bid, date_time, interval '10 seconds')
group by window_start, window_end
