/**
 * Prints how long each hostile request of full size holds the event loop, the longest first, as
 * docs/reliability.md shows it, and each kind of hostile frames. Run with
 * `node bench/hostile.ts [part of a name] [--bytes=N]`.
 */
import { holdOf, startAttacked } from '../test/scenarios/apiserver/hostile-fixture.ts'
import { holdOfFrames, hostileFrames } from '../test/scenarios/apiserver/hostile-frames.ts'
import { hostileRequests } from '../test/scenarios/apiserver/hostile-requests.ts'

const [wanted = ''] = process.argv.slice(2).filter((each) => !each.startsWith('--'))
const bytesGiven = process.argv.find((each) => each.startsWith('--bytes='))?.slice(8)
const bodyBytes = Number(bytesGiven ?? 3 * 1024 * 1024 - 4096)
const isTold = process.argv.includes('--progress')

interface Row {
  readonly name: string
  readonly heldMs: number
  readonly status?: number
}

async function print(head: string, rows: AsyncIterable<Row>): Promise<void> {
  const found: Row[] = []
  for await (const row of rows) {
    found.push(row)
    if (isTold) console.error(row.name, Math.round(row.heldMs), row.status ?? '')
  }
  console.log(head)
  for (const { name, heldMs, status } of found.toSorted((a, b) => b.heldMs - a.heldMs)) {
    console.log(`| ${name} | ${heldMs.toFixed(0)} |${status === undefined ? '' : ` ${status} |`}`)
  }
}

async function* requests(): AsyncGenerator<Row> {
  for (const request of hostileRequests) {
    if (!request.name.includes(wanted)) continue
    // A server of its own: what one request left behind is no other's fault.
    await using api = await startAttacked()
    await holdOf(api, request, 4096)
    yield { name: request.name, ...(await holdOf(api, request, bodyBytes)) }
  }
}

async function* frames(): AsyncGenerator<Row> {
  for (const each of hostileFrames) {
    if (!each.name.includes(wanted)) continue
    await holdOfFrames(each, 4096)
    yield { name: each.name, heldMs: await holdOfFrames(each, bodyBytes) }
  }
}

await print('| request of full size | holds the loop, ms | answer |\n|---|--:|--:|', requests())
await print('\n| frames | hold the loop, ms |\n|---|--:|', frames())
