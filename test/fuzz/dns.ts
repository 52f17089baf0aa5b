/**
 * `make fuzz-dns`: sends a name server messages that chance makes, malformed, oversized and looping ones, and
 * prints those that it answers as no server should.
 *     node test/fuzz/dns.ts [MESSAGES] [--seed=N]
 */
import { fuzzDns } from './dns-fixture.ts'

const messages = Number(process.argv.find((each) => /^\d+$/.test(each)) ?? 1_000_000)
const seed = Number(process.argv.find((each) => each.startsWith('--seed='))?.slice(7) ?? 1)

const { findings, codes } = await fuzzDns(messages, seed, (sent) => console.error(`${sent} sent`))
for (const [code, count] of codes) console.log(`${code}: ${count}`)
for (const { message, what } of findings) console.log(`\n${what}\n    ${message}`)
if (findings.length > 0) process.exitCode = 1
