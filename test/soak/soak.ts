/**
 * `make soak`: sends a simulated cluster mutated requests without end of kinds, and prints how much memory it
 * holds after each part of them.
 *     node test/soak/soak.ts [REQUESTS] [--snapshots=FOLDER]
 */
import { join } from 'node:path'
import { systemClock } from '#lib'
import { startSoakedServer } from './server-fixture.ts'
import { createSoak } from './soak-fixture.ts'

const requests = Number(process.argv.find((each) => /^\d+$/.test(each)) ?? 250_000)
const snapshots = process.argv.find((each) => each.startsWith('--snapshots='))?.slice(12)
const intervals = 20

await using server = await startSoakedServer()
const soak = createSoak(server, 1)
const mb = (bytes: number) => String(Math.round(bytes / 1024 / 1024))

console.log('| requests | heap, MB | buffers, MB | resident, MB | seconds |')
console.log('|--:|--:|--:|--:|--:|')
const started = systemClock.monotonicMs()
for (let interval = 0; interval <= intervals; interval++) {
  if (interval > 0) await soak.run(Math.round(requests / intervals))
  const isKept = snapshots !== undefined && interval % 5 === 0
  const { heap, buffers, resident } = await server.measure(
    isKept ? { snapshot: join(snapshots, `${interval}.heapsnapshot`) } : {},
  )
  const seconds = ((systemClock.monotonicMs() - started) / 1000).toFixed(0)
  console.log(`| ${soak.sent} | ${mb(heap)} | ${mb(buffers)} | ${mb(resident)} | ${seconds} |`)
}
console.error(soak.answers())
for (const each of soak.failed) console.error(`500: ${each}`)
