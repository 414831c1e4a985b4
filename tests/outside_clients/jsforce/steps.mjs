// One thing done with jsforce, its result printed as JSON.
//   node steps.mjs PACKAGE STEP ARGUMENTS
// PACKAGE is jsforce or @jsforce/jsforce-node, ARGUMENTS a JSON object; where the org is stands in the environment.
import { createRequire } from 'node:module';

const [packageName, step, text = '{}'] = process.argv.slice(2);
const { Connection, OAuth2 } = createRequire(import.meta.url)(packageName); // found by NODE_PATH
const facts = JSON.parse(process.env.ORG_FACTS);
const given = JSON.parse(text);
const client = { loginUrl: facts.login_url, clientId: facts.client_id, clientSecret: facts.client_secret };

const byToken = (more = {}) =>
  new Connection({ instanceUrl: facts.instance_url, accessToken: facts.access_token, version: '62.0', ...more });

const patient = (connection) => {
  for (const api of [connection.bulk, connection.bulk2]) {
    api.pollInterval = 50;
    api.pollTimeout = 60_000;
  }
  return connection;
};

const collected = (stream) =>
  new Promise((resolve, reject) => {
    const rows = [];
    stream.on('record', (row) => rows.push(row)).on('error', reject).on('end', () => resolve(rows));
  });

const caught = async (promise) => {
  try {
    return { answer: await promise };
  } catch (error) {
    return { name: error.name, code: error.errorCode, message: error.message };
  }
};

const steps = {
  identity: async () => byToken().identity(),

  query: async ({ soql }) => {
    const connection = byToken();
    const pages = [await connection.query(soql)];
    while (!pages.at(-1).done) pages.push(await connection.queryMore(pages.at(-1).nextRecordsUrl));
    return { sizes: pages.map((page) => page.records.length), records: pages.flatMap((page) => page.records) };
  },

  children: async ({ soql, name }) => {
    const connection = byToken();
    let page = (await connection.query(soql)).records[0][name];
    const pages = [page];
    while (!page.done) pages.push((page = await connection.queryMore(page.nextRecordsUrl)));
    return { sizes: pages.map((one) => one.records.length), records: pages.flatMap((one) => one.records) };
  },

  composite: async ({ body }) => byToken().requestPost('/services/data/v62.0/composite', body),

  query_events: async ({ soql, options }) => {
    const query = byToken().query(soql, options);
    const records = [];
    query.on('record', (record) => records.push(record));
    await query.run(options);
    return records;
  },

  find: async ({ sobject, where, fields }) =>
    byToken().sobject(sobject).find(where, fields).sort({ Id: 1 }).execute({ autoFetch: true, maxFetch: 10_000 }),

  life: async ({ record, change }) => {
    const leads = byToken().sobject('Lead');
    const made = await leads.create(record);
    const first = await leads.retrieve(made.id);
    const updated = await leads.update({ Id: made.id, ...change });
    const second = await leads.retrieve(made.id);
    const gone = await leads.destroy(made.id);
    return { made, first, updated, second, gone, after: await caught(leads.retrieve(made.id)) };
  },

  many: async ({ records, allOrNone }) => byToken().sobject('Lead').create(records, { allOrNone }),

  change_many: async ({ records }) => byToken().sobject('Lead').update(records, { allowRecursive: true }),

  delete_many: async ({ ids }) => byToken().sobject('Lead').destroy(ids, { allowRecursive: true }),

  upsert: async ({ sobject, records, key }) => byToken().sobject(sobject).upsert(records, key),

  describe: async ({ sobject }) => byToken().sobject(sobject).describe(),

  describe_global: async () => (await byToken().describeGlobal()).sobjects.map((one) => one.name),

  updated: async ({ start, end }) => byToken().sobject('Lead').updated(start, end),

  deleted: async ({ start, end }) => byToken().sobject('Lead').deleted(start, end),

  search: async ({ sosl }) => byToken().search(sosl),

  recent: async () => byToken().recent('Lead', 5),

  request_get: async ({ path }) => byToken().requestGet(path),

  refused: async ({ soql, token }) => caught(byToken(token ? { accessToken: token } : {}).query(soql)),

  bulk2_query: async ({ soql, maxRecords }) => {
    const connection = patient(byToken());
    return (await connection.bulk2.query(soql, { scanAll: false, maxRecords })).toArray();
  },

  bulk2_load: async ({ object, operation, externalIdFieldName, input }) =>
    patient(byToken()).bulk2.loadAndWaitForResults({ object, operation, externalIdFieldName, input,
      pollInterval: 50, pollTimeout: 60_000 }),

  bulk1_query: async ({ soql }) => collected(await patient(byToken()).bulk.query(soql)),

  bulk1_load: async ({ object, operation, options, input }) =>
    patient(byToken()).bulk.load(object, operation, options ?? {}, input),

  login: async ({ password }) => {
    const connection = new Connection({ loginUrl: facts.login_url, version: '62.0' });
    const user = await connection.login(facts.username, password ?? facts.password + facts.security_token);
    return { user, instanceUrl: connection.instanceUrl, records: (await connection.query(given.soql)).records };
  },

  oauth_password: async () => {
    const connection = new Connection({ oauth2: client, version: '62.0' });
    const user = await connection.login(facts.username, facts.password + facts.security_token);
    return { user, instanceUrl: connection.instanceUrl, records: (await connection.query(given.soql)).records };
  },

  client_credentials: async () => {
    const connection = new Connection({ instanceUrl: facts.instance_url, oauth2: client, version: '62.0' });
    await connection.authorize({ grant_type: 'client_credentials' });
    return (await connection.query(given.soql)).records;
  },

  refresh: async () => {
    const stale = { accessToken: `${facts.org_id.slice(0, 15)}!stale`, refreshToken: facts.refresh_token, oauth2: client };
    const connection = byToken(stale);
    const seen = [];
    connection.on('refresh', (token) => seen.push(token));
    const { records } = await connection.query(given.soql);
    return { refreshed: seen.length, records };
  },

  jwt: async ({ assertion }) => {
    const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const oauth2 = new OAuth2({ loginUrl: facts.login_url });
    const connection = new Connection({ instanceUrl: facts.instance_url, oauth2, version: '62.0' });
    await connection.authorize({ grant_type: grant, assertion });
    return (await connection.query(given.soql)).records;
  },

  soap: async ({ method, parameters = [] }) => caught(byToken().soap[method](...parameters)),

  metadata: async ({ method, parameters }) => caught(byToken().metadata[method](...parameters)),

  tooling: async ({ soql }) => byToken().tooling.query(soql),

  action: async ({ name, body }) => caught(byToken().requestPost(`/actions/standard/${name}`, body)),
};

const result = await steps[step](given);
process.stdout.write(JSON.stringify(result ?? null));
