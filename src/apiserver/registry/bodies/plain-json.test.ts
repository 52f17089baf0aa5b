import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest } from '#machinery'
import { negotiatedForm } from './negotiate.ts'
import { plainJsonForm } from './plain-json.ts'

const everything = () => true

function requestWith(headers: Readonly<Record<string, string>>, query: string): ApiRequest {
  return { method: 'GET', path: '/api/v1/pods', query: new URLSearchParams(query), headers }
}

test('what asks for plain JSON gets by the short way what it gets by the long one', () => {
  const accepts = [undefined, '', 'application/json']
  const agents = [
    undefined,
    'kubectl/v1.36.0',
    'curl/8.5',
    'Wget/1.21',
    'Mozilla/5.0 (X11)',
    'xcurl',
  ]
  const queries = ['', 'pretty', 'pretty=true', 'pretty=1', 'pretty=false', 'pretty=0', 'a=b']
  for (const accept of accepts)
    for (const agent of agents)
      for (const query of queries) {
        const request = requestWith(
          { ...(accept !== undefined && { accept }), ...(agent && { 'user-agent': agent }) },
          query,
        )
        const described = JSON.stringify({ accept, agent, query })
        assert.deepEqual(plainJsonForm(request), negotiatedForm(request, everything), described)
      }
})

test('everything else goes the long way', () => {
  const others = [
    '*/*',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'application/json, */*',
    'application/yaml',
    'application/json;q=0.5',
  ]
  for (const accept of others) assert.equal(plainJsonForm(requestWith({ accept }, '')), undefined)
})
