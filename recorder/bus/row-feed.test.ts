import { rowsFromRecorder } from '@zhongheng/server/ports/row-feed.ts'
import { openDesk } from '../fixtures/recording.ts'
import { rowFeedContract } from '../fixtures/row-feed-contract.ts'

rowFeedContract('over the recorder’s socket', async (options) => {
  const desk = await openDesk(options)
  return { desk, feed: rowsFromRecorder(desk.server) }
})
