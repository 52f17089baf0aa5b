/** Prints what is written in a virtual hour by whoever cannot make progress, as docs/reliability.md shows it. */
import { hopeless, writesInAnHour } from '../test/scenarios/controllers/no-progress-fixture.ts'

console.log('| what cannot come to be | writes of objects | of events |')
console.log('|---|--:|--:|')
for (const each of hopeless) {
  const { objects, events } = await writesInAnHour(each)
  console.log(`| ${each.name} | ${objects} | ${events} |`)
}
