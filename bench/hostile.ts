/**
 * Prints how long each hostile request of full size holds the event loop, the longest first, as
 * docs/reliability.md shows it. Run with `node bench/hostile.ts [part of a name]`.
 */
import { holdOf, startAttacked } from '../test/scenarios/apiserver/hostile-fixture.ts'
import { hostileRequests } from '../test/scenarios/apiserver/hostile-requests.ts'

const wanted = process.argv[2] ?? ''
const bodyBytes = 3 * 1024 * 1024 - 4096
const rows: { readonly name: string; readonly heldMs: number; readonly status: number }[] = []
for (const request of hostileRequests) {
  if (!request.name.includes(wanted)) continue
  // A server of its own: what one request left behind is no other's fault.
  await using api = await startAttacked()
  await holdOf(api, request, 4096)
  const { heldMs, status } = await holdOf(api, request, bodyBytes)
  rows.push({ name: request.name, heldMs, status })
  if (process.argv.includes('--progress')) console.error(request.name, Math.round(heldMs), status)
}
console.log('| request of full size | holds the loop, ms | answer |')
console.log('|---|--:|--:|')
for (const { name, heldMs, status } of rows.toSorted((a, b) => b.heldMs - a.heldMs)) {
  console.log(`| ${name} | ${heldMs.toFixed(0)} | ${status} |`)
}
