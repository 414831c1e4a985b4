// One thing done with nforce, its result printed as JSON: node steps.cjs STEP ARGUMENTS
const nforce = require('nforce');

const [step, text] = process.argv.slice(2);
const facts = JSON.parse(process.env.ORG_FACTS);

// With `hosts` the client goes to the host names it has built in, and a proxy leads it to the org.
const connected = async ({ hosts = false } = {}) => {
  const connection = nforce.createConnection({
    clientId: facts.client_id,
    clientSecret: facts.client_secret,
    redirectUri: `${facts.login_url}/nowhere`,
    apiVersion: 'v62.0',
    mode: 'single',
    ...(hosts ? {} : { loginUri: `${facts.login_url}/services/oauth2/token` }),
  });
  const { username, password, security_token: securityToken } = facts;
  await connection.authenticate({ username, password, securityToken });
  return connection;
};

const steps = {
  query: async ({ soql, hosts }) => {
    const connection = await connected({ hosts });
    const { totalSize, records } = await connection.query({ query: soql, fetchAll: true });
    return { totalSize, records: records.map((one) => one.toJSON()) };
  },

  life: async ({ key, record, change }) => {
    const connection = await connected();
    const made = nforce.createSObject('Lead', record);
    const { id } = await connection.insert({ sobject: made });
    const kept = nforce.createSObject('Lead', change);
    kept.set('Id', id);
    await connection.update({ sobject: kept });
    const upserted = nforce.createSObject('Lead', { Rating: 'Hot' });
    upserted.setExternalId('Ext_Id__c', key);
    await connection.upsert({ sobject: upserted });
    const read = (await connection.getRecord({ type: 'Lead', id })).toJSON();
    await connection.delete({ type: 'Lead', id });
    const after = await connection.getRecord({ type: 'Lead', id }).catch((error) => error.errorCode);
    return { id, read, after };
  },

  told: async () => {
    const connection = await connected();
    const [described, limits, identity, resources] = [
      await connection.getDescribe('Lead'), await connection.getLimits(),
      await connection.getIdentity(), await connection.getResources(),
    ];
    return { fields: described.fields.length, limits, identity, resources };
  },
};

steps[step](JSON.parse(text)).then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error) => { console.error(error); process.exitCode = 1; },
);
