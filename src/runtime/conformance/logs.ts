import assert from 'node:assert/strict'
import { it } from 'node:test'
import { exited, type World } from './world.ts'

const logLine =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d) (stdout|stderr) [FP]( .*)?$/

export function logTests(world: World): void {
  it('writes logs in lines of time, stream, tag and text', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const pod = await world.pod()
    const id = await pod.start(['sh', '-c', 'echo one; echo two >&2; echo -n three'])
    const { logPath } = await exited(world, id)
    await world.until('three lines', async () => (await linesOf(world, logPath)).length === 3)
    const lines = await linesOf(world, logPath)
    for (const line of lines) assert.match(line, logLine)
    const contents = lines.map((line) => line.slice(line.indexOf(' ') + 1)).sort()
    assert.deepEqual(contents, ['stderr F two', 'stdout F one', 'stdout P three'].sort())
    await pod.remove()
  })

  it('cuts long lines into parts', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const pod = await world.pod()
    const print =
      'i=0; while [ $i -lt 400 ]; do echo -n 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789; i=$((i+1)); done; echo'
    const { logPath } = await exited(world, await pod.start(['sh', '-c', print]))
    const whole = () =>
      linesOf(world, logPath).then((lines) => lines.some((line) => line.includes(' stdout F')))
    await world.until('the last part', whole)
    const lines = await linesOf(world, logPath)
    const parts = lines.map((line) => line.split(' ').slice(2))
    assert.ok(parts.length > 1)
    assert.ok(parts.slice(0, -1).every(([tag]) => tag === 'P'))
    assert.equal(parts.map(([, text = '']) => text).join(''), '0123456789'.repeat(4000))
    await pod.remove()
  })

  it('goes on in a new log file when asked to reopen it', async (t) => {
    if (world.lacks('output')) return t.skip('no output')
    const { runtime, signal, run, harness } = world
    const pod = await world.pod()
    const id = await pod.start(['sh', '-c', 'while true; do echo tick; sleep 0.1; done'])
    const { logPath } = await run(runtime.containerStatus(id, signal))
    await world.until('a first line', async () => (await linesOf(world, logPath)).length > 0)
    await harness.renameLog(logPath, `${logPath}.1`)
    await run(runtime.reopenContainerLog(id, signal))
    await world.until('a line in the new file', async () => {
      return (await linesOf(world, logPath)).length > 0
    })
    await pod.remove()
  })
}

async function linesOf({ harness }: World, path: string): Promise<readonly string[]> {
  const text = await harness.readLog(path)
  return text.split('\n').filter((line) => line !== '')
}
