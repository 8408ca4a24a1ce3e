/*---
description: How much a bidder did before pausing for ten seconds.
---*/
select bidder, count(*) as bids, window_start, window_end
from session(bid, date_time, interval '10 seconds', bidder)
group by bidder, window_start, window_end
