import { createHash } from 'node:crypto'
import { type Descriptions, encodeOpenApiV2, findKind, openApiV2, openApiV3 } from '#api'
import type { ApiRequest, ApiResponse, Resource } from '#machinery'
import { groupsOf } from './discovery.ts'

/** What clients ask for has an `@` in it, which no media type may have; the answer says it with a dot. */
const gnostic = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Serves /openapi/v2 and /openapi/v3; documents are made when first asked for. */
export function createOpenApi(
  resources: readonly Resource[],
  version: string,
  descriptions: Descriptions,
) {
  const served = resources.map(findKind).filter((kind) => kind !== undefined)
  const input = { resources: served, version, descriptions }
  const v2 = once(() => openApiV2(input))
  const v2Json = once(() => Buffer.from(JSON.stringify(v2())))
  const v2Protobuf = once(() => encodeOpenApiV2(v2()))
  const v3 = new Map<string, () => Uint8Array>()
  for (const [group, versions] of groupsOf(resources)) {
    for (const each of versions.keys()) {
      const path = group === '' ? `api/${each}` : `apis/${group}/${each}`
      v3.set(
        path,
        once(() => Buffer.from(JSON.stringify(openApiV3(input, { group, version: each })))),
      )
    }
  }
  const v3Paths = once(() => ({
    paths: Object.fromEntries(
      [...v3].map(([path, document]) => [
        path,
        { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(document())}` },
      ]),
    ),
  }))

  return (request: ApiRequest): ApiResponse | undefined => {
    const path = request.path.replace(/\/$/, '')
    if (path === '/openapi/v2') {
      return (request.headers.accept ?? '').includes('proto-openapi')
        ? bytes(gnostic, v2Protobuf())
        : bytes('application/json', v2Json())
    }
    if (path === '/openapi/v3')
      return bytes('application/json', Buffer.from(JSON.stringify(v3Paths())))
    const document = path.startsWith('/openapi/v3/') && v3.get(path.slice('/openapi/v3/'.length))
    return document ? bytes('application/json', document()) : undefined
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function hashOf(document: Uint8Array): string {
  return createHash('sha512').update(document).digest('hex').toUpperCase()
}

function bytes(contentType: string, content: Uint8Array): ApiResponse {
  const headers = { etag: `"${hashOf(content).slice(0, 40)}"` }
  return { status: 200, headers, body: { kind: 'bytes', contentType, bytes: content } }
}
