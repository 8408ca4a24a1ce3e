/*---
description: Bids per bidder in ten seconds.
key: [bidder, window_start]
---*/
select bidder, count(*) as bids, window_start, window_end
from tumble(bid, date_time, interval '10 seconds')
group by bidder, window_start, window_end
