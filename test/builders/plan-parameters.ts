/** Values for the parameters of the template that have no default, or whose default makes a domain. */
export const PLAN_PARAMETERS = {
  OpenSearchEndpoint: 'http://127.0.0.1',
  JwtIssuer: 'https://issuer.example.com',
  MailFrom: 'orders@shop.example',
};
