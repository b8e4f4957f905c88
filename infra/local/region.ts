/** What every local client and function is told; the parts take any credentials. */
export const LOCAL_REGION = 'eu-central-1';
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
/** The audience of the local issuer's tokens, and of the API that takes them. */
export const LOCAL_AUDIENCE = 'order-stream';
/** The sender of the order mails, which no mail goes to. */
export const LOCAL_MAIL_FROM = 'orders@shop.example';
/** The account in the ARNs that the messaging part makes. */
export const LOCAL_ACCOUNT_ID = '000000000000';
