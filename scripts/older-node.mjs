/**
 * What the bundles use in place of the newest parts of the language, so that they run on the Node that
 * a machine has (from 20.19 on). Nothing global is touched: `bundle.ts` puts these names where the
 * sources say `Map.groupBy` and the like.
 */
export { default as knarrAsyncDisposableStack } from 'core-js-pure/actual/async-disposable-stack/index.js'
export { default as knarrDisposableStack } from 'core-js-pure/actual/disposable-stack/index.js'
export { default as knarrGroupBy } from 'core-js-pure/actual/map/group-by.js'
export { default as knarrWithResolvers } from 'core-js-pure/actual/promise/with-resolvers.js'
export { default as knarrParseUrl } from 'core-js-pure/actual/url/parse.js'
