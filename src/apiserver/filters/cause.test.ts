import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cause, encodeCause, type UserInfo } from '#machinery'
import { startTestServer } from '../server-fixture.ts'
import { withBelievedCause } from './cause.ts'

const cause: Cause = { actor: 'kubelet/box', trigger: { kind: 'observed', what: 'it ended' } }
const header = encodeCause(cause) ?? ''

const node = (name: string): UserInfo => ({
  name: `system:node:${name}`,
  groups: ['system:nodes', 'system:authenticated'],
})
const admin: UserInfo = { name: 'me', groups: ['system:masters', 'system:authenticated'] }

const cases: readonly (readonly [
  name: string,
  user: UserInfo,
  header: string,
  isBelieved: boolean,
])[] = [
  ['a node about its own kubelet', node('box'), header, true],
  ["a node about another's kubelet", node('other'), header, false],
  ['an administrator', admin, header, true],
  ['an administrator, unreadable', admin, 'because', false],
  ['somebody else', { name: 'me', groups: ['system:authenticated'] }, header, false],
  [
    'one who is called like a node',
    { ...node('box'), groups: ['system:authenticated'] },
    header,
    false,
  ],
  ['one in the group who is no node', { ...node('box'), name: 'box' }, header, false],
]

for (const [name, user, value, isBelieved] of cases) {
  test(`the header's cause is ${isBelieved ? 'believed' : 'ignored'}: ${name}`, () => {
    const query = new URLSearchParams()
    const request = { method: 'GET', path: '/', query, headers: { 'knarr-cause': value } } as const
    assert.deepEqual(withBelievedCause(request, user).cause, isBelieved ? cause : undefined)
  })
}

test('a write that somebody else explains is made, and isBelieved as a request of theirs', async () => {
  const users: readonly UserInfo[] = [node('box'), { name: 'me', groups: ['system:authenticated'] }]
  let turn = 0
  await using server = await startTestServer({
    authenticators: [{ name: 'test', authenticate: () => ({ user: users[turn++] ?? admin }) }],
  })
  for (const name of ['a', 'b']) {
    const body = Buffer.from(JSON.stringify({ metadata: { name } }))
    const answer = await server.api.handle(
      {
        method: 'POST',
        path: '/api/v1/namespaces/default/configmaps',
        query: new URLSearchParams(),
        headers: { 'content-type': 'application/json', 'knarr-cause': header },
        body: { kind: 'bytes', bytes: body },
      },
      new AbortController().signal,
    )
    assert.equal(answer.status, 201)
  }
  assert.deepEqual(
    server.commits.map((commit) => commit.cause),
    [cause, { actor: 'me', trigger: { kind: 'request' } }],
  )
})
