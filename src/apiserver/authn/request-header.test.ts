import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ApiRequest } from '#machinery'
import { StatusError } from '#machinery/status'
import { startTestServer } from '../server-fixture.ts'
import {
  identityHeaderTest,
  type RequestHeaders,
  requestHeaderAuthenticator,
} from './request-header.ts'

const headers: RequestHeaders = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User', 'X-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group', 'X-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-', 'X-More-'],
}
const never = new AbortController().signal

const asked = (
  given: Readonly<Record<string, string>>,
  more: Partial<ApiRequest> = {},
): ApiRequest => ({
  ...{ method: 'GET', path: '/', query: new URLSearchParams(), headers: given },
  frontProxyCertificate: { commonName: 'front-proxy-client' },
  ...more,
})

const ask = (request: ApiRequest, options = headers) =>
  requestHeaderAuthenticator(options).authenticate(request, never)

describe('a proxy that speaks for users', () => {
  test('is believed with all that it says', () => {
    const request = asked(
      {
        'x-user': 'second',
        'x-remote-user': 'jane',
        'x-remote-uid': '42',
        'x-remote-group': 'a, b',
        'x-group': 'c',
        'x-remote-extra-scopes': 'view',
        'x-more-example.com%2fscopes': 'edit',
        'x-more-100%': 'x',
      },
      { headerValues: { 'x-remote-group': ['a', 'b'] } },
    )
    assert.deepEqual(ask(request), {
      user: {
        name: 'jane',
        uid: '42',
        groups: ['a', 'b', 'c', 'system:authenticated'],
        extra: { scopes: ['view'], 'example.com/scopes': ['edit'], '100%': ['x'] },
      },
    })
  })

  test('says what else somebody is, and then nothing is added', () => {
    const nobody = {
      'x-remote-user': 'system:anonymous',
      'x-remote-group': 'system:unauthenticated',
    }
    assert.deepEqual(ask(asked(nobody)), {
      user: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    })
  })

  test('is not believed without a certificate of the authority for that, or by another name', () => {
    const jane = { 'x-remote-user': 'jane' }
    const clientCertificate = { commonName: 'front-proxy-client', organizations: [] }
    const { frontProxyCertificate: _, ...unproved } = asked(jane, { clientCertificate })
    assert.equal(ask(unproved), undefined)
    const other = asked(jane, { frontProxyCertificate: { commonName: 'other' } })
    assert.ok(ask(other) instanceof StatusError)
    assert.ok(ask(other, { ...headers, allowedNames: [] }), 'with no names any will do')
  })

  test('names nobody where it names nobody', () => {
    assert.equal(ask(asked({ 'x-remote-group': 'system:masters' })), undefined)
  })
})

test('what names users is told by its header, upstream’s usual ones always', () => {
  const own = identityHeaderTest(headers)
  for (const name of ['x-remote-user', 'x-user', 'x-group', 'x-more-a', 'x-remote-extra-b']) {
    assert.equal(own(name), true, name)
  }
  assert.equal(own('x-remote'), false)
  const usual = identityHeaderTest(undefined)
  assert.deepEqual(['x-remote-uid', 'x-remote-extra-a', 'x-user', 'authorization'].map(usual), [
    true,
    true,
    false,
    false,
  ])
})

test('whoever is behind the server does not see what a client says of itself', async () => {
  const seen: ApiRequest[] = []
  const paths = new Map([
    [
      '/echo',
      async ({ request }: { readonly request: ApiRequest }) => {
        seen.push(request)
        return { status: 200, headers: {}, body: { kind: 'none' } } as const
      },
    ],
  ])
  const user = { name: 'jane', groups: [] }
  const authenticators = [{ name: 'test', authenticate: () => ({ user }) }]
  await using server = await startTestServer({ authenticators, extraPaths: paths })
  const { frontProxyCertificate: _, ...request } = asked({
    'x-remote-user': 'admin',
    'x-remote-group': 'system:masters',
    accept: '*/*',
  })
  await server.api.handle({ ...request, path: '/echo' }, never)
  assert.deepEqual(seen[0]?.headers, { accept: '*/*' })
})
