import { it } from 'node:test'
import { exited, type World } from './world.ts'

export function eventTests(world: World): void {
  it('tells of starts and ends', async (t) => {
    if (world.lacks('events')) return t.skip('no events')
    const { runtime, harness } = world
    const control = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of runtime.events(control.signal))
        seen.push(`${event.kind} ${event.id}`)
    })()
    await world.run(harness.clock.sleep(200))
    const pod = await world.pod()
    const id = await pod.start(['true'])
    await exited(world, id)
    await world.until('both events', async () =>
      [`started ${id}`, `stopped ${id}`].every((event) => seen.includes(event)),
    )
    control.abort()
    await world.run(reading)
    await pod.remove()
  })
}
