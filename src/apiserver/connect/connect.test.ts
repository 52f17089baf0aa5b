import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ByteStream, StreamSession } from '#lib'
import type { ApiRequest, NodeApi } from '#machinery'
import { badRequest } from '#machinery/status'
import type { Authorizer } from '../authz/authorizer.ts'
import type { Connection } from '../request/connection.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../server-fixture.ts'

const pods = '/api/v1/namespaces/default/pods'
const user = { name: 'jane', groups: [] }

/** A node that notes what it is asked for. */
function noteNode(asked: unknown[]): NodeApi {
  return {
    async *logs(address, options) {
      asked.push(['logs', address.container, options])
      if (address.container === 'broken') throw badRequest('container "broken" is waiting to start')
      yield Buffer.from('one\n')
      yield Buffer.from('two\n')
    },
    exec: async (address, { command }) => {
      asked.push(['exec', address.pod, address.container, ...command])
      return {} as StreamSession
    },
    attach: async (address) => {
      asked.push(['attach', address.container])
      return {} as StreamSession
    },
    portForward: async (pod, port) => {
      asked.push(['portForward', pod.pod, port])
      return {} as ByteStream
    },
    connect: async () => ({}) as ByteStream,
    request: async () => ({ status: 404, contentType: 'text/plain', body: Buffer.from('') }),
    stats: async () => ({}),
  }
}

async function serverWith(asked: unknown[], options: TestServerOptions = {}): Promise<TestServer> {
  const node = noteNode(asked)
  const server = await startTestServer({ nodes: async () => node, ...options })
  const spec = (names: readonly string[], nodeName?: string) => ({
    containers: names.map((name) => ({ name, image: 'i' })),
    ...(nodeName && { nodeName }),
  })
  const create = (name: string, podSpec: object) =>
    server.send('POST', pods, { metadata: { name }, spec: podSpec })
  await create('one', spec(['main'], 'n1'))
  await create('two', spec(['a', 'broken'], 'n1'))
  await create('waiting', spec(['main']))
  return server
}

function connect(
  server: TestServer,
  target: string,
  method: ApiRequest['method'] = 'POST',
): Promise<Connection> {
  const [path = '', query] = target.split('?')
  const request = { method, path, query: new URLSearchParams(query), headers: {}, user }
  return server.api.connect(request, new AbortController().signal)
}

function messageOf(connection: Connection): string {
  assert(connection.kind === 'response' && connection.response.body.kind === 'object')
  const { message } = connection.response.body.value.object as { message?: string }
  return `${connection.response.status} ${message}`
}

describe('connections to pods', () => {
  test('open a command in the only container, or in the one named', async () => {
    const asked: unknown[] = []
    await using server = await serverWith(asked)
    const opened = await connect(
      server,
      `${pods}/one/exec?command=ls&command=-l&stdout=1&tty=true&stderr=1`,
    )
    assert(opened.kind === 'command')
    assert.deepEqual(opened.options, {
      command: ['ls', '-l'],
      stdin: false,
      stdout: true,
      stderr: false,
      tty: true,
    })
    await connect(server, `${pods}/two/attach?container=a&stdout=true`)
    assert.deepEqual(asked, [
      ['exec', 'one', 'main', 'ls', '-l'],
      ['attach', 'a'],
    ])
  })

  test('forward ports', async () => {
    const asked: unknown[] = []
    await using server = await serverWith(asked)
    const opened = await connect(server, `${pods}/one/portforward?ports=80,443`)
    assert(opened.kind === 'portForward')
    assert.deepEqual(opened.ports.requested, [80, 443])
    await opened.ports.open(80, new AbortController().signal)
    assert.deepEqual(asked, [['portForward', 'one', 80]])
  })

  const refusals: readonly (readonly [target: string, answer: string])[] = [
    [`${pods}/none/exec?stdout=1`, '404 pods "none" not found'],
    [`${pods}/waiting/exec?stdout=1`, '400 pod waiting does not have a host assigned'],
    [
      `${pods}/two/exec?stdout=1`,
      '400 a container name must be specified for pod two, choose one of: [a broken]',
    ],
    [`${pods}/two/exec?stdout=1&container=x`, '400 container x is not valid for pod two'],
    [`${pods}/one/exec?command=x`, '400 you must specify at least 1 of stdin, stdout, stderr'],
    [
      `${pods}/one/portforward?ports=x`,
      '400 query parameter "ports" must be a port number, not "x"',
    ],
    [`${pods}/one/status`, '404 the server could not find the requested resource'],
  ]
  for (const [target, answer] of refusals) {
    test(`${target} is refused: ${answer}`, async () => {
      await using server = await serverWith([])
      assert.equal(messageOf(await connect(server, target)), answer)
    })
  }

  test('need the permission to create also when they begin with GET', async () => {
    const readOnly: Authorizer = {
      name: 'read',
      authorize: ({ verb, user: asker }) => ({
        kind: verb === 'get' || asker.name === 'admin' ? 'allow' : 'noOpinion',
        reason: '',
      }),
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    await using server = await serverWith([], { authorizer: readOnly })
    assert.equal(
      messageOf(await connect(server, `${pods}/one/exec?stdout=1&command=x`, 'GET')),
      '403 pods "one" is forbidden: User "jane" cannot create resource "pods/exec" in API group "" in the namespace "default"',
    )
  })
})

describe('logs', () => {
  test('come as the node gives them', async () => {
    const asked: unknown[] = []
    await using server = await serverWith(asked)
    const { response } = await server.send('GET', `${pods}/one/log?tailLines=5&follow=true`)
    assert(response.body.kind === 'stream')
    const chunks = await Array.fromAsync(response.body.chunks)
    assert.equal(Buffer.concat(chunks).toString(), 'one\ntwo\n')
    const options = { follow: true, previous: false, timestamps: false, tailLines: 5 }
    assert.deepEqual(asked, [['logs', 'main', options]])
  })

  const refusals: readonly (readonly [target: string, status: number, message: string])[] = [
    [
      `${pods}/one/log?tailLines=-1`,
      422,
      'PodLogOptions "" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      `${pods}/one/log?limitBytes=0`,
      422,
      'PodLogOptions "" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
    ],
    [`${pods}/one/log?tailLines=x`, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [`${pods}/two/log?container=broken`, 400, 'container "broken" is waiting to start'],
  ]
  for (const [target, status, message] of refusals) {
    test(`${target} is refused with ${status}`, async () => {
      await using server = await serverWith([])
      const refused = await server.send('GET', target)
      assert.equal(refused.body.message, message)
      assert.equal(refused.status, status)
    })
  }

  test('of a pod without a node are empty', async () => {
    await using server = await serverWith([])
    const { response } = await server.send('GET', `${pods}/waiting/log`)
    assert(response.body.kind === 'stream')
    assert.deepEqual(await Array.fromAsync(response.body.chunks), [])
  })

  test('that are followed begin to be answered before the container says anything', async () => {
    const silent: NodeApi = {
      ...noteNode([]),
      async *logs(_address, _options, signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    }
    await using server = await serverWith([], { nodes: async () => silent })
    const answered = server.send('GET', `${pods}/one/log?follow=true`)
    await server.clock.advance(500)
    assert.equal((await answered).status, 200)
  })
})
