/**
 * `make fuzz`: sends an API server requests that chance makes of all kinds, and prints those that it answers as
 * no server should: with an error of its own, with a body that cannot be decoded, or after holding everybody up.
 *     node test/fuzz/fuzz.ts [REQUESTS] [--seed=N]
 */
import { fuzz } from './fuzz-fixture.ts'

const requests = Number(process.argv.find((each) => /^\d+$/.test(each)) ?? 1_000_000)
const seed = Number(process.argv.find((each) => each.startsWith('--seed='))?.slice(7) ?? 1)

const { findings, statuses } = await fuzz(requests, seed, (sent) => console.error(`${sent} sent`))
for (const [status, count] of statuses) console.log(`${status}: ${count}`)
for (const { request, what } of findings) console.log(`\n${what}\n    ${request}`)
if (findings.length > 0) process.exitCode = 1
