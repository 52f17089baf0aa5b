import assert from 'node:assert/strict'
import { it } from 'node:test'
import { exited, forever, rejects, type World } from './world.ts'

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const allStreams = { tty: false, stdin: false, stdout: true, stderr: true }

export function streamTests(world: World): void {
  it('streams both outputs of a command and its exit code', async (t) => {
    if (world.lacks('streams')) return t.skip('no streams')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const argv = ['sh', '-c', 'echo out; echo err >&2; exit 4']
    const session = await run(runtime.streams.exec({ containerId, argv, ...allStreams }, signal))
    const work = Promise.all([textOf(session.stdout), textOf(session.stderr), session.done])
    assert.deepEqual(await run(work), ['out\n', 'err\n', { exitCode: 4 }])
    await pod.remove()
  })

  it('tells a command that its input has ended', async (t) => {
    if (world.lacks('streams', 'stdinEnd')) return t.skip('no end of input')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const request = { containerId, argv: ['cat'], ...allStreams, stdin: true }
    const session = await run(runtime.streams.exec(request, signal))
    const large = Buffer.alloc(1_000_000, 'x')
    const writing = (async () => {
      await session.stdin?.write(large)
      session.stdin?.end()
    })()
    const work = Promise.all([textOf(session.stdout), session.done, writing])
    const [text, done] = await run(work)
    assert.equal(text.length, large.length)
    assert.deepEqual(done, { exitCode: 0 })
    await pod.remove()
  })

  it('says why a command could not be started', async (t) => {
    if (world.lacks('streams')) return t.skip('no streams')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const stdins = world.lacks('stdinEnd') ? [false] : [false, true]
    for (const stdin of stdins) {
      const request = { containerId, argv: ['/no/such/command'], ...allStreams, stdin }
      const session = await run(runtime.streams.exec(request, signal))
      const error = await rejects(run(session.done))
      assert.match(
        error.message,
        /failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: .*no such file or directory/,
      )
      assert.equal(await run(textOf(session.stderr)), '')
    }
    await pod.remove()
  })

  it('gives a command a terminal of the size that is asked for', async (t) => {
    if (world.lacks('streams', 'terminal')) return t.skip('no terminal')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const argv = [
      'sh',
      '-c',
      'read x; until [ "$(stty size)" = "37 91" ]; do sleep 0.1; done; stty size; exit 5',
    ]
    const streams = { tty: true, stdin: true, stdout: true, stderr: false }
    const session = await run(runtime.streams.exec({ containerId, argv, ...streams }, signal))
    session.resize(91, 37)
    await run(session.stdin?.write(Buffer.from('go\n')) ?? Promise.resolve())
    const [text, done] = await run(Promise.all([textOf(session.stdout), session.done]))
    assert.match(text, /37 91/)
    assert.deepEqual(done, { exitCode: 5 })
    await pod.remove()
  })

  it('ends a stream when its signal aborts', async (t) => {
    if (world.lacks('streams')) return t.skip('no streams')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(forever)
    const stdins = world.lacks('stdinEnd') ? [false] : [false, true]
    for (const stdin of stdins) {
      const control = new AbortController()
      const request = { containerId, argv: ['sleep', '60'], ...allStreams, stdin }
      const session = await run(runtime.streams.exec(request, control.signal))
      const reason = new Error('enough')
      control.abort(reason)
      await assert.rejects(run(session.done), (error) => error === reason)
    }
    await run(runtime.stopContainer(containerId, 0, signal))
    await pod.remove()
  })

  it("joins the main process's streams and ends with them", async (t) => {
    if (world.lacks('streams', 'stdinEnd')) return t.skip('no end of input')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const containerId = await pod.start(['sh', '-c', 'cat; echo over; exit 3'], {
      stdin: true,
      stdinOnce: true,
    })
    const request = { containerId, ...allStreams, stdin: true }
    const session = await run(runtime.streams.attach(request, signal))
    await run(session.stdin?.write(Buffer.from('hello\n')) ?? Promise.resolve())
    session.stdin?.end()
    const [text, done] = await run(Promise.all([textOf(session.stdout), session.done]))
    assert.equal(text, 'hello\nover\n')
    assert.deepEqual(done, { exitCode: 0 })
    assert.equal((await exited(world, containerId)).exitCode, 3)
    await pod.remove()
  })

  it('forwards a port, and breaks when nothing listens', async (t) => {
    if (world.lacks('streams', 'network')) return t.skip('no network')
    const { runtime, signal, run } = world
    const pod = await world.pod()
    const serve = 'mkdir -p /www; echo forwarded > /www/index.html; httpd -f -p 8080 -h /www'
    const id = await pod.start(['sh', '-c', serve])
    const isUp = async () => {
      const probe = ['sh', '-c', 'wget -q -O - http://127.0.0.1:8080/']
      return (await runtime.execSync(id, probe, 10_000, signal)).exitCode === 0
    }
    await world.until('the server', isUp)
    const stream = await run(runtime.streams.portForward(pod.id, 8080, signal))
    await run(stream.input.write(Buffer.from('GET / HTTP/1.0\r\n\r\n')))
    const answer = await run(textOf(stream.output))
    assert.match(answer, /200 OK/)
    assert.match(answer, /forwarded/)
    stream.close()
    const refused = await run(runtime.streams.portForward(pod.id, 8081, signal))
    const error = await rejects(run(textOf(refused.output)))
    assert.match(error.message, /connection refused/)
    refused.close()
    await pod.remove()
  })
}
