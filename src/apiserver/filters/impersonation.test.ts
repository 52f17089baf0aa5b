import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ApiRequest, UserInfo } from '#machinery'
import { impersonated } from './impersonation.ts'

const asker: UserInfo = { name: 'admin', groups: ['system:masters'] }

function as(
  headers: Readonly<Record<string, string>>,
  headerValues?: ApiRequest['headerValues'],
): Promise<UserInfo> {
  const request: ApiRequest = {
    method: 'GET',
    path: '/api/v1/pods',
    query: new URLSearchParams(),
    headers,
    ...(headerValues && { headerValues }),
  }
  return impersonated(request, asker, () => undefined)
}

describe('impersonation', () => {
  test('takes one header for one group, with the commas that it has', async () => {
    const one = await as({ 'impersonate-user': 'jane', 'impersonate-group': 'a,system:masters' })
    assert.deepEqual(one.groups, ['a,system:masters', 'system:authenticated'])
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'a,b, c' }
    const several = await as(headers, { 'impersonate-group': ['a,b', 'c'] })
    assert.deepEqual(several.groups, ['a,b', 'c', 'system:authenticated'])
  })

  test('decodes the keys of extra values, and leaves a malformed one as it is', async () => {
    const { extra } = await as({
      'impersonate-user': 'jane',
      'impersonate-extra-example.com%2fscopes': 'view, edit',
      'impersonate-extra-100%': 'x',
    })
    assert.deepEqual(extra, { 'example.com/scopes': ['view, edit'], '100%': ['x'] })
  })

  test('adds no group where one says whether somebody is known', async () => {
    const { groups } = await as({
      'impersonate-user': 'jane',
      'impersonate-group': 'system:unauthenticated',
    })
    assert.deepEqual(groups, ['system:unauthenticated'])
  })

  test('of parts without a user is refused in the words of Go', async () => {
    await assert.rejects(as({ 'impersonate-group': 'devs' }), {
      message: 'requested [{Group  devs    }] without impersonating a user',
    })
  })
})
