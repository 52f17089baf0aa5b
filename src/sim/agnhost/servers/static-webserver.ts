import type { NetworkResponse } from '../../model/fabric.ts'
import type { ProcessFiles } from '../../process/process.ts'
import type { Subcommand } from '../program/program.ts'
import { notFoundAnswer, redirect, requestPath, typed } from './http.ts'

const shared: NetworkResponse['headers'] = [
  ['Cache-Control', 'private'],
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Credentials', 'true'],
  ['Access-Control-Allow-Methods', 'GET, POST, OPTIONS'],
  [
    'Access-Control-Allow-Headers',
    'DNT,X-Mx-ReqToken,Keep-Alive,User-Agent,X-Requested-With,Cache-Control,Content-Type',
  ],
]

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  jpg: 'image/jpeg',
  txt: 'text/plain; charset=utf-8',
}

/** `test-webserver`: serves the container's whole file system. */
export const testWebserver: Subcommand = {
  flags: { port: { takes: 'number', by: 80 } },
  start: ({ flags, world: { files } }) => ({
    tcp: [flags.number('port')],
    answer(request, _port, give) {
      if (request.protocol !== 'http') return
      const answer = respond(files, decodeURIComponent(requestPath(request)))
      give({ ...answer, headers: [...shared, ...answer.headers] })
    },
  }),
}

function respond(files: ProcessFiles, asked: string): NetworkResponse {
  const path = asked.replace(/(?<=.)\/$/, '')
  const kind = files.kindOf(path)
  const isFolder = asked.endsWith('/')
  if (kind === undefined) return notFoundAnswer()
  if (kind === 'directory') {
    return isFolder ? listing(files, path) : redirect(`${path.split('/').at(-1)}/`, 301)
  }
  if (isFolder) return redirect(`../${path.split('/').at(-1)}`, 301)
  const extension = path.split('.').at(-1) ?? ''
  return typed(types[extension] ?? 'text/plain; charset=utf-8', files.read(path) ?? '')
}

function listing(files: ProcessFiles, path: string): NetworkResponse {
  const index = files.read(`${path === '/' ? '' : path}/index.html`)
  if (index !== undefined) return typed('text/html; charset=utf-8', index)
  const rows = files.list(path).map((name) => {
    const isFolder = files.kindOf(`${path === '/' ? '' : path}/${name}`) === 'directory'
    const shown = isFolder ? `${name}/` : name
    return `<a href="${encodeURI(shown)}">${shown}</a>\n`
  })
  const body = `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${rows.join('')}</pre>\n`
  return typed('text/html; charset=utf-8', body)
}
